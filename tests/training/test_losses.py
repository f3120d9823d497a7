from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional

from twentyq.training import colours
from twentyq.training.corpus import Corpus, Phrases
from twentyq.training.losses import Truth, Weights, losses, targets
from twentyq.training.views import Views

ONE_OF_EACH = Weights(groups={}, group=1.0, name=1.0, name_to_picture=1.0, pairs=1.0)


def share(**of: float) -> torch.Tensor:
    """Shares of the named colours, `(1, 13)`."""
    return torch.tensor([[of.get(name, 0.0) for name in colours.NAMES]])


RED, MOSTLY_RED = share(red=1.0), share(red=0.8, blue=0.2)
# Two drawings, two traits and two shapes; nothing is known of the second drawing.
TRUTH = Truth(
    options={
        "trait": torch.tensor([[0.5, 0.5], [0.0, 0.0]]),
        "shape": torch.tensor([[1.0, 0.0], [0.0, 0.0]]),
    },
    name=torch.tensor([0, 1]),
    n_scenes=3,
)


def views(colour=RED, background=RED, drawing=(0,), scene=(2,), extra=(-1,)) -> Views:
    return Views(
        torch.zeros(len(drawing), 3, 1, 1),
        torch.tensor(drawing),
        colour.expand(len(drawing), -1),
        background.expand(len(drawing), -1),
        torch.tensor(scene),
        torch.tensor(extra),
    )


def test_targets_of_drawings_are_looked_up_and_unknown_ones_are_zero():
    found = targets(views(drawing=(0, 1), scene=(2, 0), extra=(-1, -1)), TRUTH)
    assert found["shape"].tolist() == [[1.0, 0.0], [0.0, 0.0]]
    assert found["trait"].tolist() == [[0.5, 0.5], [0.0, 0.0]]
    assert found["scene"].tolist() == [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]


def test_an_extra_beside_a_drawing_is_its_trait():
    found = targets(views(drawing=(0, 1), scene=(0, 0), extra=(1, -1)), TRUTH)
    assert found["trait"].tolist() == [[0.0, 1.0], [0.0, 0.0]]
    assert TRUTH.options["trait"].tolist() == [[0.5, 0.5], [0.0, 0.0]], "the table stays"


def test_the_main_colour_is_sharpened():
    found = targets(views(MOSTLY_RED, background=MOSTLY_RED), TRUTH)
    red, blue = 0.8**1.5, 0.2**1.5
    wanted = share(red=red / (red + blue), blue=blue / (red + blue))
    assert torch.allclose(found["colour"], wanted)
    assert torch.allclose(found["background_colour"], wanted)


def test_the_second_colour_leaves_out_the_first_and_needs_a_fair_share():
    first = share(red=0.6, blue=0.25, black=0.15)
    blue, black = 0.25**1.5, 0.15**1.5
    found = targets(views(first), TRUTH)["second_colour"]
    wanted = share(blue=blue / (blue + black), black=black / (blue + black))
    assert torch.allclose(found, wanted)
    assert targets(views(share(red=0.9, blue=0.1)), TRUTH)["second_colour"].tolist() == [[0.0] * 13]
    assert targets(views(RED), TRUTH)["second_colour"].tolist() == [[0.0] * 13]


class Aligned(nn.Module):
    """A model whose picture and text vectors are what it is given: every vector is its own."""

    def __init__(self, pictures: torch.Tensor, factor: float = 10.0) -> None:
        super().__init__()
        self.pictures = nn.Parameter(pictures)
        self.factor = factor

    def embed_pictures(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.pictures

    def embed_texts(self, vectors: torch.Tensor) -> torch.Tensor:
        return vectors

    def scale(self) -> torch.Tensor:
        return torch.tensor(self.factor)


# Texts: scenes 0 to 2, shapes 3 and 4, names 5 and 6, and "the first shape in the third scene".
VECTORS = torch.eye(8)
CORPUS = Corpus(
    VECTORS,
    {
        "scene": Phrases(torch.tensor([0, 1, 2]).view(3, 1, 1), 1),
        "shape": Phrases(torch.tensor([3, 4]).view(2, 1, 1), 1),
    },
    Phrases(torch.tensor([5, 6]).view(2, 1, 1), 1),
    torch.tensor([7]),
    torch.tensor([[2, 3]]),
)
PAIR_OF_VIEWS = views(drawing=(0, 1), scene=(2, 0), extra=(-1, -1))
RIGHT = VECTORS[[2, 0]] + torch.stack([VECTORS[3], torch.zeros(8)]) + VECTORS[[5, 6]]


def parts_of(pictures, weights=ONE_OF_EACH, seen=PAIR_OF_VIEWS):
    chance = torch.Generator().manual_seed(0)
    with torch.no_grad():
        return losses(Aligned(pictures), CORPUS, seen, TRUTH, weights, chance)


def test_each_group_is_the_cross_entropy_of_its_own_softmax():
    pictures = torch.randn(2, 8, generator=torch.Generator().manual_seed(3))
    parts = parts_of(pictures)
    logits = 10 * pictures
    scene = functional.cross_entropy(logits[:, :3], torch.tensor([2, 0]))
    assert torch.allclose(parts["scene"], scene)
    # Nothing is known of the second drawing's shape: it does not count.
    shape = functional.cross_entropy(logits[:1, 3:5], torch.tensor([0]))
    assert torch.allclose(parts["shape"], shape)


def test_names_are_told_apart_in_both_directions():
    pictures = torch.randn(2, 8, generator=torch.Generator().manual_seed(3))
    parts = parts_of(pictures)
    logits, right = 10 * pictures[:, 5:7], torch.tensor([0, 1])
    assert torch.allclose(parts["name"], functional.cross_entropy(logits, right))
    assert torch.allclose(parts["name to picture"], functional.cross_entropy(logits.T, right))


def test_two_pictures_of_one_name_share_it():
    pictures = torch.randn(2, 8, generator=torch.Generator().manual_seed(3))
    seen = replace(PAIR_OF_VIEWS, drawing=torch.tensor([1, 1]))
    parts = parts_of(pictures, seen=seen)
    logits = 10 * pictures[:, 5:7]
    both = -functional.log_softmax(logits[:, 1], 0).mean()
    assert torch.allclose(parts["name to picture"], both), "the other name has no picture here"


def test_a_pair_belongs_to_the_pictures_that_have_both_attributes():
    pictures = torch.randn(2, 8, generator=torch.Generator().manual_seed(3))
    parts = parts_of(pictures)
    # All draws are of the one caption, so the softmax over captions is flat for each picture...
    n_drawn = 72
    over_captions = torch.log(torch.tensor(float(n_drawn)))
    # ... and over pictures it is right on the first, which has the shape and the scene.
    over_pictures = functional.cross_entropy(10 * pictures[None, :, 7], torch.tensor([0]))
    assert torch.allclose(parts["pairs"], over_captions + 0.3 * over_pictures, atol=1e-5)


def test_pairs_that_fit_no_view_cost_nothing_and_stay_differentiable():
    seen = replace(PAIR_OF_VIEWS, scene=torch.tensor([0, 0]))
    assert float(parts_of(RIGHT, seen=seen)["pairs"]) == 0
    model = Aligned(RIGHT)
    parts = losses(model, CORPUS, seen, TRUTH, ONE_OF_EACH, torch.Generator().manual_seed(0))
    torch.stack(list(parts.values())).sum().backward()
    assert torch.isfinite(model.pictures.grad).all()


@pytest.mark.parametrize("part", ["scene", "shape", "name", "name to picture"])
def test_right_pictures_cost_less_than_wrong_ones(part):
    right = parts_of(RIGHT)
    wrong = parts_of(RIGHT.flip(0))
    assert float(right[part]) < 0.01 < 0.6 < float(wrong[part])


def test_weights_count_each_part():
    weights = Weights(groups={"scene": 3.0}, group=2.0, name=5.0, name_to_picture=7.0, pairs=11.0)
    pictures = torch.randn(2, 8, generator=torch.Generator().manual_seed(3))
    plain = parts_of(pictures)
    weighted = parts_of(pictures, weights)
    expected = {"scene": 3, "shape": 2, "name": 5, "name to picture": 7, "pairs": 11}
    assert {name: float(weighted[name] / plain[name]) for name in plain} == pytest.approx(expected)
