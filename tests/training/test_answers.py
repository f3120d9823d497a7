"""Answers are right where the nearest option is one of the animal's, over wordings and views."""

import pytest
import torch

from twentyq.training.answers import answer_figures
from twentyq.training.backgrounds import SCENES
from twentyq.training.fixed_pictures import FixedPicture
from twentyq.training.protocol import load_protocol
from twentyq.training.trial import View
from twentyq.training.trials import Drawings

PROTOCOL = load_protocol()
DIRECTIONS = {scene: i for i, scene in enumerate(SCENES)}


class SceneReader:
    """Stands in for an encoder that reads scenes rightly, and sees nothing else in a text."""

    def __init__(self, bias: float) -> None:
        self.bias = bias

    def texts(self, texts: list[str]) -> torch.Tensor:
        wordings = PROTOCOL.options.scene
        vectors = torch.zeros(len(texts), len(SCENES) + 1, dtype=torch.float64)
        for row, text in enumerate(texts):
            for scene, wording in wordings.items():
                if text == f"The background looks like {wording.unseen[0]}.":
                    vectors[row, DIRECTIONS[scene]] = 1
                    # One prompt is near to every picture.
                    vectors[row, -1] = self.bias * (scene == "plain")
        return vectors


def drawings(*scenes: str) -> Drawings:
    shown = tuple(FixedPicture("fox", "openmoji", None, None, scene) for scene in scenes)
    vectors = torch.zeros(len(scenes), len(SCENES) + 1, dtype=torch.float64)
    for row, scene in enumerate(scenes):
        vectors[row, DIRECTIONS[scene]] = vectors[row, -1] = 1
    view = View(vectors, vectors.mean(dim=0))
    return Drawings(shown, {"white": view, "scene": view})


@pytest.mark.parametrize(("bias", "raw", "unbiased"), [(0, 1.0, 1.0), (5, 0.0, 1.0)])
def test_prompt_bias_is_removed_from_scenes(bias, raw, unbiased):
    shown = drawings("space", "forest", "city")
    found = {(f.part, f.measure): f for f in answer_figures(PROTOCOL, shown, SceneReader(bias))}
    assert found["scene", "unseen"].share == raw
    assert found["scene", "unseen-unbiased"].share == unbiased
    assert found["scene", "unseen"].chance == pytest.approx(1 / 20)


def test_any_shape_of_the_animal_is_right():
    found = {f.part: f for f in answer_figures(PROTOCOL, drawings("space"), SceneReader(0))}
    # A fox's head is a head and dog-like: two of seventeen.
    assert found["shape"].chance == pytest.approx(2 / 17)
