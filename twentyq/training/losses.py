"""What is trained: each attribute group's softmax, as at inference, and contrast."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from twentyq.training.corpus import Corpus
from twentyq.training.model import DualEncoder
from twentyq.training.views import Views

# Groups whose truth the composer knows of every view; all others are looked up by drawing.
COLOUR, SECOND_COLOUR, BACKGROUND = "colour", "second_colour", "background_colour"
SCENE, TRAIT = "scene", "trait"
OF_VIEWS = (COLOUR, SECOND_COLOUR, BACKGROUND, SCENE)
# Below this share of the drawing, no colour is called its second one.
_SECOND = 0.12
_SHARPNESS = 1.5
_PAIRS_TRIED, _PAIRS_KEPT = 384, 72
_MORE_NAMES = 64


@dataclass(frozen=True)
class Truth:
    """What is known of the drawings.

    ``options`` maps a group to float ``(n_drawings, n_options)``, rows that sum to 1, or to 0
    where nothing is known; the groups of ``OF_VIEWS`` aren't among them. ``name`` is int64
    ``(n_drawings,)``, ``n_scenes`` the number of kinds of scenes.
    """

    options: Mapping[str, Tensor]
    name: Tensor
    n_scenes: int


@dataclass(frozen=True)
class Weights:
    """How much each part counts in the loss; groups not named count ``group``."""

    groups: Mapping[str, float]
    group: float
    name: float
    name_to_picture: float
    pairs: float


def targets(views: Views, truth: Truth) -> dict[str, Tensor]:
    """Give for each group the target distribution ``(n_views, n_options)``, 0 where unknown."""
    result = {group: rows[views.drawing] for group, rows in truth.options.items()}
    result[COLOUR] = _sharpened(views.colour)
    result[SECOND_COLOUR] = _second(views.colour)
    result[BACKGROUND] = _sharpened(views.background_colour)
    result[SCENE] = functional.one_hot(views.scene, truth.n_scenes).float()
    added = views.extra >= 0
    trait = result[TRAIT].clone()
    trait[added] = functional.one_hot(views.extra[added], trait.shape[1]).float()
    result[TRAIT] = trait
    return result


def losses(
    model: DualEncoder,
    corpus: Corpus,
    views: Views,
    truth: Truth,
    weights: Weights,
    generator: torch.Generator,
) -> dict[str, Tensor]:
    """Compute the weighted parts of the loss for one batch of views."""
    pictures = model.embed_pictures(views.pixels)
    wanted = targets(views, truth)
    asked = _Asked(corpus)
    device = pictures.device

    for group, phrases in corpus.questions.items():
        things = torch.arange(len(phrases.rows), device=device)
        asked.add(group, phrases.draw(things, generator))
    name = truth.name[views.drawing]
    # Other names come from the drawings: a name that none of them has is not to be read at all.
    others = torch.randint(len(truth.name), (_MORE_NAMES,), generator=generator, device=device)
    candidates = torch.unique(torch.cat([name, truth.name[others]]))
    asked.add("name", corpus.names.draw(candidates, generator))
    pairs, holds = _pairs(corpus, wanted, generator)
    asked.add("pairs", corpus.pair_rows[pairs])

    logits = asked.logits(model, pictures)
    parts = {
        group: weights.groups.get(group, weights.group)
        * _cross_entropy(logits[group], wanted[group])
        for group in corpus.questions
    }
    named = (name[:, None] == candidates[None]).float()
    parts["name"] = weights.name * _cross_entropy(logits["name"], named)
    parts["name to picture"] = weights.name_to_picture * _cross_entropy(
        logits["name"].T, _shares(named.T)
    )
    parts["pairs"] = weights.pairs * (
        _cross_entropy(logits["pairs"], _shares(holds))
        + 0.3 * _cross_entropy(logits["pairs"].T, _shares(holds.T))
    )
    return parts


class _Asked:
    """Texts gathered from several groups, embedded in one go."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._rows: dict[str, Tensor] = {}

    def add(self, group: str, rows: Tensor) -> None:
        self._rows[group] = rows

    def logits(self, model: DualEncoder, pictures: Tensor) -> dict[str, Tensor]:
        rows = torch.cat(list(self._rows.values()))
        texts = model.embed_texts(self._corpus.vectors[rows])
        logits = model.scale() * pictures @ texts.T
        sizes = [len(r) for r in self._rows.values()]
        return dict(zip(self._rows, torch.split(logits, sizes, 1), strict=True))


def _pairs(
    corpus: Corpus, wanted: Mapping[str, Tensor], generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Draw captions of two attributes that fit some view, and say which views they fit."""
    present = torch.cat([_present(wanted[group]) for group in corpus.questions], 1)
    n_pairs = len(corpus.pair_rows)
    tried = torch.randint(n_pairs, (_PAIRS_TRIED,), generator=generator, device=present.device)
    first, second = corpus.pair_attributes[tried].T
    holds = present[:, first] & present[:, second]
    fitting = holds.any(0).nonzero()[:_PAIRS_KEPT, 0]
    return tried[fitting], holds[:, fitting].float()


def _present(target: Tensor) -> Tensor:
    """Tell which options a view has: any with a fair share of the largest."""
    largest = target.amax(1, keepdim=True)
    return (target > 0.5 * largest) & (largest > 0)


def _second(shares: Tensor) -> Tensor:
    """Give the distribution over second colours, 0 where the drawing has hardly any."""
    rest = shares.scatter(1, shares.argmax(1, keepdim=True), 0.0)
    return _sharpened(rest) * (rest.amax(1, keepdim=True) > _SECOND)


def _sharpened(shares: Tensor) -> Tensor:
    return _shares(shares**_SHARPNESS)


def _shares(counts: Tensor) -> Tensor:
    return counts / counts.sum(1, keepdim=True).clamp(min=1e-6)


def _cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy over the rows whose target is known, 0 if there are none."""
    if not logits.numel():
        return logits.sum()
    known = target.sum(1) > 0
    each = -(target * functional.log_softmax(logits, 1)).sum(1)
    return each[known].sum() / known.sum().clamp(min=1)
