"""Paths written by hand, to know what must come out."""

import numpy as np

from twentyq.study.paths import Path


def make_path(confidence, label, cost=2, margin=None, agreement=None):
    """A path of pictures that are all asked R questions of the same cost; lists are (n, R)."""
    confidence, label = np.array(confidence, dtype=float), np.array(label)
    n, r = confidence.shape
    return Path(
        policy="by-hand",
        n_groups=r,
        length=np.full(n, r),
        group=np.tile(np.arange(r), (n, 1)),
        bits=np.zeros((n, r)),
        spent=np.tile(cost * np.arange(1, r + 1), (n, 1)),
        label=label,
        top=np.repeat(label[:, :, None], 5, axis=2),
        confidence=confidence,
        margin=confidence if margin is None else np.array(margin, dtype=float),
        certain=np.zeros((n, r), dtype=bool),
        agreement=np.full((n, r), np.nan) if agreement is None else np.array(agreement, float),
        probability=np.full((n, r), np.nan),
        thresholds={},
    )
