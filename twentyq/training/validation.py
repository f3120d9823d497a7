"""Choosing: how well a style kept out of training is answered, asked in wordings kept out too."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

import torch
from scipy.optimize import minimize_scalar
from torch import Tensor
from torch.nn import functional

from twentyq.training.corpus import Phrases
from twentyq.training.losses import Truth, targets
from twentyq.training.model import LARGEST_SCALE, DualEncoder
from twentyq.training.views import Views

_BATCH = 128


@dataclass(frozen=True)
class Validation:
    """Fixed views of the validation style, and the rows of the texts they are asked with.

    ``questions`` holds the development wordings ``(n_options, n_wordings, n_templates)``;
    ``names`` the bare names of all drawings of the style, one row each in ``name_rows``, which
    ``truth.name`` points into.
    """

    views: Views
    truth: Truth
    questions: Mapping[str, Phrases]
    name_rows: Tensor
    vectors: Tensor

    @torch.no_grad()
    def measure(self, model: DualEncoder) -> dict[str, float]:
        """Give the share of right answers per group, of names, and the mean of all.

        An answer is right where the option is among the true ones; where nothing is known of a
        view, it isn't counted. Each share is the mean over wordings and templates, and over asking
        as it is and with each prompt's mean similarity removed.
        """
        pictures = self._pictures(model)
        shares = {group: _share(*asked) for group, asked in self._asked(model, pictures).items()}
        names = functional.one_hot(self.truth.name[self.views.drawing], len(self.name_rows))
        similarities = self._similarities(model, pictures, self.name_rows[None])
        shares["name"] = _share(similarities, names.float())
        rounded = {name: round(share, 4) for name, share in shares.items()}
        return {**rounded, "mean": round(fmean(shares.values()), 4)}

    @torch.no_grad()
    def calibrated_scale(self, model: DualEncoder) -> float:
        """Give the factor between cosines and logits under which the answers are calibrated.

        It is the one with the least mean cross-entropy over the groups (temperature scaling: Guo
        et al., On Calibration of Modern Neural Networks, 2017). The factor learned with the
        weights fits the styles they were trained on, and is too sure of others.
        """
        asked = self._asked(model, self._pictures(model)).values()

        def cross_entropy(log_scale: float) -> float:
            scale = math.exp(log_scale)
            return fmean(
                float(-(wanted * functional.log_softmax(scale * similarities, 2)).sum(2).mean())
                for similarities, wanted in asked
            )

        bounds = (math.log(1.0), math.log(LARGEST_SCALE))
        return math.exp(minimize_scalar(cross_entropy, bounds=bounds, method="bounded").x)

    @torch.no_grad()
    def share_named(self, model: DualEncoder) -> float:
        """Give the share of views whose drawing is named by its answers alone, as `full` names.

        The names are those of the drawings here, the rules what is true of them; a group of which
        nothing is known of a name tells nothing of it.
        """
        pictures = self._pictures(model)
        _, label = torch.unique(self.truth.name, return_inverse=True)
        first = torch.stack([(label == i).nonzero()[0, 0] for i in range(int(label.max()) + 1)])
        score = torch.zeros(len(pictures), len(first), device=pictures.device)
        for group, options in self.truth.options.items():
            askings = self.questions[group].rows.flatten(1).T
            logits = model.scale() * self._similarities(model, pictures, askings)
            answers = logits.softmax(2).mean(0)
            rules = options[first]
            unknown = rules.sum(1, keepdim=True) == 0
            score += answers @ torch.where(unknown, 1 / rules.shape[1], rules).T
        return float((score.argmax(1) == label[self.views.drawing]).float().mean())

    def _pictures(self, model: DualEncoder) -> Tensor:
        batches = torch.split(self.views.pixels, _BATCH)
        return torch.cat([model.embed_pictures(batch) for batch in batches])

    def _asked(self, model: DualEncoder, pictures: Tensor) -> dict[str, tuple[Tensor, Tensor]]:
        """Give for each group the similarities and the truth of the views of which it is known."""
        wanted = targets(self.views, self.truth)
        asked = {}
        for group, phrases in self.questions.items():
            known = wanted[group].sum(1) > 0
            if known.any():
                askings = phrases.rows.flatten(1).T
                similarities = self._similarities(model, pictures[known], askings)
                asked[group] = similarities, wanted[group][known]
        return asked

    def _similarities(self, model: DualEncoder, pictures: Tensor, askings: Tensor) -> Tensor:
        """Ask with each row of ``askings`` ``(n_askings, n_options)``: ``(n_askings, n, k)``."""
        texts = model.embed_texts(self.vectors[askings.flatten()]).view(*askings.shape, -1)
        return torch.einsum("nd,akd->ank", pictures, texts)


def _share(similarities: Tensor, wanted: Tensor) -> float:
    """Give the share of right answers, as they are and with prompt bias removed, on average."""
    right = wanted > 0.5 * wanted.amax(1, keepdim=True)
    plain = _hits(similarities, right)
    unbiased = _hits(similarities - similarities.mean(1, keepdim=True), right)
    return (plain + unbiased) / 2


def _hits(similarities: Tensor, right: Tensor) -> float:
    answers = similarities.argmax(2)
    return float(right.expand(len(answers), -1, -1).gather(2, answers[..., None]).float().mean())
