import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from twentyq.training import colours
from twentyq.training.corpus import Phrases
from twentyq.training.losses import Truth
from twentyq.training.validation import Validation
from twentyq.training.views import Views


class Given(nn.Module):
    """A model whose vectors are the numbers it is asked about."""

    def embed_pictures(self, pixels: torch.Tensor) -> torch.Tensor:
        return pixels[:, :, 0, 0]

    def embed_texts(self, vectors: torch.Tensor) -> torch.Tensor:
        return vectors


def validation(pictures, options, vectors, rows) -> Validation:
    """Ask pictures of drawings 0, 1, ... for shapes, two options in the rows of texts given."""
    n = len(pictures)
    views = Views(
        torch.tensor(pictures)[:, :, None, None],
        torch.arange(n),
        torch.zeros(n, len(colours.NAMES)),
        torch.zeros(n, len(colours.NAMES)),
        torch.zeros(n, dtype=torch.long),
        torch.full((n,), -1),
    )
    shape = torch.tensor(options)
    truth = Truth({"shape": shape, "trait": torch.zeros(n, 1)}, torch.arange(n) % 2, 1)
    return Validation(
        views,
        truth,
        {"shape": Phrases(torch.tensor(rows), 1)},
        torch.tensor([0, 1]),
        torch.tensor(vectors),
    )


AXES = [[1.0, 0.0], [0.0, 1.0]]
FIRST, SECOND = [1.0, 0.0], [0.0, 1.0]


def test_shares_are_those_of_right_answers():
    # Pictures 0 and 1 lie with their own text; 2 and 3 with the other's.
    pictures = [[0.9, 0.1], [0.1, 0.9], [0.2, 0.8], [0.8, 0.2]]
    asked = validation(pictures, [FIRST, SECOND, FIRST, SECOND], AXES, [[[0]], [[1]]])
    assert asked.measure(Given()) == {"shape": 0.5, "name": 0.5, "mean": 0.5}


def test_half_of_a_share_is_with_the_prompts_bias_removed():
    # The first text is liked by every picture; without its mean similarity, both are right.
    pictures = [[1.0, 0.1], [0.8, 0.3]]
    asked = validation(pictures, [FIRST, SECOND], AXES, [[[0]], [[1]]])
    assert asked.measure(Given())["shape"] == pytest.approx((0.5 + 1.0) / 2)


def test_what_is_not_known_is_not_counted():
    pictures = [[0.9, 0.1], [0.1, 0.9], [0.1, 0.9]]
    known = validation(pictures, [FIRST, SECOND, [0.0, 0.0]], AXES, [[[0]], [[1]]])
    assert known.measure(Given())["shape"] == 1.0
    nothing = validation(pictures, [[0.0, 0.0]] * 3, AXES, [[[0]], [[1]]])
    assert "shape" not in nothing.measure(Given())


def test_any_true_option_is_a_right_answer():
    pictures = [[0.9, 0.1], [0.1, 0.9]]
    both = validation(pictures, [[0.5, 0.5], [0.5, 0.5]], AXES, [[[0]], [[1]]])
    assert both.measure(Given())["shape"] == 1.0
    # An option of less than half of the largest share does not count.
    slight = validation(pictures, [[0.7, 0.3], [0.7, 0.3]], AXES, [[[0]], [[1]]])
    assert slight.measure(Given())["shape"] == 0.5


def test_every_wording_and_template_counts_the_same():
    # One of four askings, wordings times templates, has its two texts swapped.
    pictures = [[0.9, 0.1], [0.1, 0.9]]
    rows = [[[0, 0], [0, 1]], [[1, 1], [1, 0]]]
    asked = validation(pictures, [FIRST, SECOND], AXES, rows)
    assert asked.measure(Given())["shape"] == 0.75


def test_the_mean_is_over_questions_and_names():
    # The names are right, the shapes the wrong way round.
    pictures = [[0.9, 0.1], [0.1, 0.9]]
    asked = validation(pictures, [SECOND, FIRST], AXES, [[[0]], [[1]]])
    assert asked.measure(Given()) == {"shape": 0.0, "name": 1.0, "mean": 0.5}


class Scaled(Given):
    def scale(self) -> torch.Tensor:
        return torch.tensor(10.0)


def test_drawings_are_named_by_what_is_true_of_their_name():
    # Two names, the first of the first shape, the second of the second; the last answer is wrong.
    pictures = [[0.9, 0.1], [0.1, 0.9], [0.8, 0.2], [0.7, 0.3]]
    asked = validation(pictures, [FIRST, SECOND, FIRST, SECOND], AXES, [[[0]], [[1]]])
    asked = replace(
        asked, truth=replace(asked.truth, options={"shape": asked.truth.options["shape"]})
    )
    assert asked.share_named(Scaled()) == 0.75
    # A name of which nothing is known has half a chance everywhere, more than a wrong answer.
    unknown = torch.tensor([[0.0, 0.0], SECOND, [0.0, 0.0], SECOND])
    asked = replace(asked, truth=replace(asked.truth, options={"shape": unknown}))
    assert asked.share_named(Scaled()) == 0.75


def test_the_calibrated_scale_makes_the_answers_as_sure_as_they_are_right():
    # Three of four are right by a cosine's difference of 0.8: sure by 3/4 where 0.8 t = ln 3.
    asked = validation([[0.9, 0.1]] * 4, [FIRST, FIRST, FIRST, SECOND], AXES, [[[0]], [[1]]])
    assert asked.calibrated_scale(Given()) == pytest.approx(math.log(3) / 0.8, rel=1e-3)
