"""Thresholds of `agrees`: how large z must be for the label to stay what full would say."""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import beta

from twentyq.study.paths import Bools, Floats, stopping_column

TARGETS = (0.99, 0.97, 0.95, 0.9)
LEVEL = 0.95
STEPS = 200


def least_agreement(agreeing: int, total: int) -> float:
    """Return the one-sided 95 % Clopper-Pearson bound of a share that is at least this large."""
    return 0.0 if not agreeing else float(beta.ppf(1 - LEVEL, agreeing, total - agreeing + 1))


def candidates(z: Floats) -> Floats:
    """Return thresholds worth trying, from strict to loose: quantiles of z `(n_images, n_rounds)`.

    They must come from other pictures than those that then judge them.
    """
    finite = z[np.isfinite(z)]
    if not finite.size:
        return np.empty(0)
    return np.unique(np.quantile(finite, np.linspace(0, 1, STEPS)))[::-1]


def fit_threshold(z: Floats, agrees: Bools, tried: Floats, target: float) -> float | None:
    """Return the loosest threshold that keeps a target share of agreement, or None.

    `z` and `agrees`, whether the label is then that of full, are `(n_images, n_rounds)`. `tried`
    runs from strict to loose and ends at the first threshold whose bound breaks the target: testing
    in a fixed order needs no correction for testing often. None: even the strictest breaks it.
    """
    kept = None
    rows = np.arange(len(z))
    for threshold in tried:
        agreeing = int(np.count_nonzero(agrees[rows, stopping_column(z >= threshold)]))
        if least_agreement(agreeing, len(z)) < target:
            break
        kept = float(threshold)
    return kept


def least_pictures(target: float) -> int:
    """Return how many pictures must all agree to support a target: 299 for 99 %."""
    return math.ceil(math.log(1 - LEVEL) / math.log(target))
