"""The pictures of the test: the same on every run, whatever else is in the banks."""

import numpy as np
import pytest
from PIL import Image

from tests.training.drawn import save_bank, save_banks
from twentyq.errors import TrainingError
from twentyq.training.backgrounds import SCENES
from twentyq.training.fixed_pictures import IconBank, fixed_pictures, write_pictures
from twentyq.training.protocol import load_protocol

PROTOCOL = load_protocol()


def pictures(icons):
    banks = IconBank.load(icons, "test"), IconBank.load(icons, "train")
    return fixed_pictures(PROTOCOL, *banks)


def by_key(icons):
    return {(one.style, one.animal): one for one in pictures(icons)}


def test_every_animal_is_shown_in_every_style(tmp_path):
    shown = pictures(save_banks(tmp_path))
    assert len(shown) == 3 * 124
    assert {one.scene_name for one in shown} == set(SCENES)
    assert {one.white.size for one in shown} | {one.scene.size for one in shown} == {(128, 128)}


def test_a_picture_does_not_depend_on_other_drawings(tmp_path):
    whole = by_key(save_banks(tmp_path / "whole"))
    fewer = by_key(save_banks(tmp_path / "fewer", without=("monkey", "fly")))
    assert set(fewer) < set(whole)
    for key, one in fewer.items():
        assert one.white.tobytes() == whole[key].white.tobytes()
        assert one.scene.tobytes() == whole[key].scene.tobytes()


def test_white_is_white_around_the_drawing(tmp_path):
    white = np.asarray(pictures(save_banks(tmp_path))[0].white)
    assert (white[:7] == 255).all()
    assert (white[:, -7:] == 255).all()
    assert (white[64, 64] != 255).any()


def test_the_first_of_two_drawings_of_a_name_counts(tmp_path):
    icons = save_banks(tmp_path)
    once = by_key(icons)
    bank = IconBank.load(icons, "test")
    keys = list(zip(bank.styles, bank.names, strict=True))
    save_bank(icons, "test", [*keys, keys[0]])
    assert by_key(icons)[keys[0]].white.tobytes() == once[keys[0]].white.tobytes()


def test_an_unseen_animal_must_be_drawn(tmp_path):
    with pytest.raises(TrainingError) as error:
        pictures(save_banks(tmp_path, without=("fox",)))
    assert "style fluent-emoji: a drawing of the test is missing" in str(error.value)
    assert "no drawing named 'fox'" in str(error.value)


def test_banks_that_are_not_there_are_named(tmp_path):
    with pytest.raises(TrainingError) as error:
        IconBank.load(tmp_path, "test")
    assert "test.npy: the drawings are missing" in str(error.value)
    assert "python -m twentyq.training" in str(error.value)


def test_pictures_are_written_to_a_folder_for_each_animal(tmp_path):
    shown = pictures(save_banks(tmp_path / "banks"))
    some = [one for one in shown if one.animal in ("tiger", "tiger face", "penguin")]
    write_pictures(PROTOCOL, some, tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"tiger", "penguin"}
    assert len(list((tmp_path / "out" / "tiger").iterdir())) == 2 * 3 * 2
    [white] = (tmp_path / "out").glob(f"penguin/{PROTOCOL.styles[0]}-penguin-white.png")
    first = next(one for one in some if one.animal == "penguin")
    with Image.open(white) as image:
        assert image.tobytes() == first.white.tobytes()
