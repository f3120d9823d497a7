"""Scenes: repeatable from the dice, alike at every size, and told apart from each other."""

import numpy as np
import pytest
from PIL import Image

from twentyq.errors import UsageError
from twentyq.training.backgrounds import SCENES, paint


def dice(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_is_decided_by_its_dice(scene):
    first, again, other = (paint(scene, 128, dice(seed)) for seed in (1, 1, 2))
    assert first.size == (128, 128)
    assert first.mode == "RGB"
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_looks_alike_at_every_size(scene):
    small, large = (
        np.asarray(paint(scene, size, dice(3)).resize((8, 8), Image.Resampling.BOX), float)
        for size in (96, 192)
    )
    assert np.abs(small - large).mean() < 6


def test_a_plain_scene_has_one_colour():
    assert len(paint("plain", 64, dice()).getcolors()) == 1


def test_drawings_come_from_the_caller():
    asked: list[tuple[str, int, int, int]] = []
    for seed in range(20):
        paint("embers", 100, dice(seed), lambda _, *what: asked.append(what))
    assert {name for name, *_ in asked} == {"fire"}
    assert all(23 <= height <= 62 and 0 <= x <= 100 for _, height, x, _ in asked)


def test_the_dice_roll_alike_with_and_without_drawings():
    with_paste, without = dice(5), dice(5)
    paint("forest", 64, with_paste, lambda *_: None)
    paint("forest", 64, without)
    assert with_paste.random() == without.random()


def test_an_unknown_scene_says_what_was_meant():
    with pytest.raises(UsageError) as error:
        paint("forrest", 64, dice())
    assert "there is no such scene" in str(error.value)
    assert "did you mean 'forest'?" in str(error.value)
