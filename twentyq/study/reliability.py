"""Whether a stated probability means what it says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from twentyq.study.measures import share
from twentyq.study.paths import Bools, Floats
from twentyq.study.resampling import DRAWS, MIDDLE, SEED, resampled_means
from twentyq.study.summary import Asked, Bin, Estimate, Reliability

BINS = 15


def reliability(
    stated: Floats,
    right: Bools,
    speaks: Literal["posterior", "probability"],
    draws: int = DRAWS,
    seed: int = SEED,
) -> Reliability:
    """Return the expected calibration error and the bins of the reliability diagram.

    `stated` is the probability of the returned label and `right` whether it is true, `(n_images,)`
    both. Fifteen bins of equal width, open below and closed above; bins without pictures are left
    out. ECE = Σ_bins (pictures in it / pictures) · |accuracy − mean stated| (Guo et al. 2017, On
    calibration of modern neural networks).
    """
    edges = np.linspace(0, 1, BINS + 1)
    bin_of = np.digitize(stated, edges[1:-1], right=True)
    members = bin_of[:, None] == np.arange(BINS)
    bins = [
        Bin(
            low=float(edges[b]),
            high=float(edges[b + 1]),
            stated=float(stated[members[:, b]].mean()),
            accuracy=share(right[members[:, b]]),
        )
        for b in np.unique(bin_of).tolist()
    ]
    gaps = members * (right - stated)[:, None]
    value = float(np.abs(gaps.mean(axis=0)).sum())
    drawn = np.abs(resampled_means(gaps, draws, seed)).sum(axis=1)
    return Reliability(speaks=speaks, ece=_reflected(value, drawn), bins=bins)


def asked_for(confidences: Sequence[float], stated: Floats, right: Bools) -> list[Asked]:
    """Return for each confidence how many pictures reach it, and how many of them are then right.

    `stated` and `right` say how things stand after each question, `(n_images, n_rounds)`, as in a
    path played to its end. A picture is judged where it first states the confidence or more.
    """
    found = []
    for confidence in confidences:
        enough = stated >= confidence
        reached: Bools = np.any(enough, axis=1)
        then = np.take_along_axis(right, enough.argmax(axis=1)[:, None], axis=1)[:, 0]
        found.append(
            Asked(
                confidence=confidence,
                reached=share(reached),
                accuracy=share(then[reached]) if reached.any() else None,
            )
        )
    return found


def _reflected(value: float, drawn: Floats) -> Estimate:
    """Return a value with the draws' interval reflected at it, kept within 0 and 1 and around it.

    Gaps that are chance alone count as error, once in the pictures and once more in each draw of
    them; reflecting takes the second share off again (the basic bootstrap).
    """
    low, high = 2 * value - np.quantile(drawn, MIDDLE[::-1])
    return Estimate(
        value=value, low=float(max(0, min(low, value))), high=float(min(1, max(high, value)))
    )
