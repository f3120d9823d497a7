"""What the same labelled pictures bring without rules or questions: the nearest class mean."""

from __future__ import annotations

import torch
from torch import Tensor


def nearest_prototype(vectors: Tensor, truth: Tensor, seen: Tensor, n_labels: int) -> Tensor:
    """Return the label whose mean picture is nearest by cosine, `(n_seen,)`.

    `vectors` are the unit vectors of labelled pictures `(n_images, d)`, `truth` their labels, and
    `seen` the vectors to be labelled `(n_seen, d)`. A label without pictures is never returned.
    """
    sums = vectors.new_zeros(n_labels, vectors.shape[1]).index_add_(0, truth, vectors)
    cosines = seen @ torch.nn.functional.normalize(sums, dim=1).T
    has_pictures = torch.bincount(truth, minlength=n_labels) > 0
    return cosines.masked_fill(~has_pictures, -torch.inf).argmax(dim=1)
