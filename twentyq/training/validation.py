"""Choosing: how well a style kept out of training is answered, asked in wordings kept out too."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

import torch
from torch import Tensor

from twentyq.training.corpus import Phrases
from twentyq.training.losses import Truth, targets
from twentyq.training.model import DualEncoder
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
        batches = torch.split(self.views.pixels, _BATCH)
        pictures = torch.cat([model.embed_pictures(batch) for batch in batches])
        wanted = targets(self.views, self.truth)
        shares = {
            group: self._share(model, pictures, phrases.rows.flatten(1).T, wanted[group])
            for group, phrases in self.questions.items()
        }
        names = torch.nn.functional.one_hot(
            self.truth.name[self.views.drawing], len(self.name_rows)
        ).float()
        shares["name"] = self._share(model, pictures, self.name_rows[None], names)
        rounded = {name: round(share, 4) for name, share in shares.items()}
        return {**rounded, "mean": round(fmean(shares.values()), 4)}

    def _share(
        self, model: DualEncoder, pictures: Tensor, askings: Tensor, wanted: Tensor
    ) -> float:
        """Ask with each row of ``askings`` ``(n_askings, n_options)``; give the mean share."""
        known = wanted.sum(1) > 0
        if not known.any():
            return 0.0
        right = wanted[known] > 0.5 * wanted[known].amax(1, keepdim=True)
        texts = model.embed_texts(self.vectors[askings.flatten()]).view(*askings.shape, -1)
        similarities = torch.einsum("nd,akd->ank", pictures[known], texts)
        plain = _hits(similarities, right)
        unbiased = _hits(similarities - similarities.mean(1, keepdim=True), right)
        return (plain + unbiased) / 2


def _hits(similarities: Tensor, right: Tensor) -> float:
    answers = similarities.argmax(2)
    return float(right.expand(len(answers), -1, -1).gather(2, answers[..., None]).float().mean())
