"""Bootstrap: how much a figure would move if other pictures of the same kind had been taken.

Pictures are drawn with replacement and every figure is computed anew from what was drawn. All
figures of a study see the same draws, so that a difference of two modes is a paired one. Intervals
are the middle 95 % of the draws (Efron 1979). Where pictures do not differ in a figure, neither do
draws, and the interval is a point: it says that nothing was seen, not that nothing can happen.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twentyq.study.paths import Bools, Floats, Ints
from twentyq.study.summary import Estimate

DRAWS = 2000
SEED = 0
MIDDLE = (0.025, 0.975)
LARGEST_ARRAY = 2**23


def resampled_means(columns: Floats, draws: int = DRAWS, seed: int = SEED) -> Floats:
    """Return the means of columns `(n_images, n_columns)` over each draw, `(draws, n_columns)`."""
    n_images = columns.shape[0]
    counts = drawn_counts(n_images, draws, seed)
    step = max(1, LARGEST_ARRAY // n_images)
    parts = [
        counts[first : first + step].astype(np.float64) @ columns for first in range(0, draws, step)
    ]
    means: Floats = np.concatenate(parts) / n_images
    return means


@lru_cache(maxsize=4)
def drawn_counts(n_images: int, draws: int = DRAWS, seed: int = SEED) -> NDArray[np.uint8]:
    """Return how often each draw took each picture, `(draws, n_images)`; rows sum to `n_images`."""
    rng = np.random.default_rng(seed)
    # Counts above 255 need a picture to come up 256 times where once is expected.
    counts = np.empty((draws, n_images), dtype=np.uint8)
    step = max(1, LARGEST_ARRAY // n_images)
    for first in range(0, draws, step):
        some = counts[first : first + step]
        taken = rng.integers(n_images, size=some.shape)
        taken += n_images * np.arange(len(some))[:, None]
        some[:] = np.bincount(taken.ravel(), minlength=some.size).reshape(some.shape)
    counts.flags.writeable = False
    return counts


def estimate(value: float, drawn: Floats) -> Estimate:
    """Return a value with the middle 95 % of what was drawn, `(draws,)`."""
    low, high = np.quantile(drawn, MIDDLE)
    return Estimate(value=float(value), low=float(low), high=float(high))


def mean(values: NDArray[Any], draws: int = DRAWS, seed: int = SEED) -> Estimate:
    """Return the mean over pictures of one number each, `(n_images,)`."""
    column = np.asarray(values, dtype=np.float64)[:, None]
    return estimate(column.mean(), resampled_means(column, draws, seed)[:, 0])


def difference(
    ours: NDArray[Any], theirs: NDArray[Any], draws: int = DRAWS, seed: int = SEED
) -> Estimate:
    """Return the mean of `ours - theirs`, picture by picture; both `(n_images,)`, hits or costs."""
    return mean(np.subtract(ours, theirs, dtype=np.float64), draws, seed)


def ratio(
    part: NDArray[Any], whole: NDArray[Any], draws: int = DRAWS, seed: int = SEED
) -> Estimate:
    """Return the mean of `part` over the mean of `whole`, both `(n_images,)`, as for a cost."""
    both = np.stack([part, whole], axis=1).astype(np.float64)
    drawn = resampled_means(both, draws, seed)
    value = both.mean(axis=0)
    return estimate(value[0] / value[1], drawn[:, 0] / drawn[:, 1])


def macro_mean(right: Bools, truth: Ints, draws: int = DRAWS, seed: int = SEED) -> Estimate:
    """Return the mean over labels of the share of right pictures, over labels that have pictures.

    `truth` are the pictures' labels, `(n_images,)` as `right`. A draw that takes no picture of a
    label is averaged over the others.
    """
    order = np.argsort(truth, kind="stable")
    first_of_label = np.flatnonzero(np.diff(truth[order], prepend=truth.min() - 1))

    def shares(times: NDArray[np.uint8]) -> Floats:
        """Return the mean share where each picture is taken some times, `(n_draws, n_images)`."""
        pictures, hits = (
            np.add.reduceat(taken, first_of_label, axis=1, dtype=np.int64)
            for taken in (times, times * right[order])
        )
        share = np.divide(hits, pictures, out=np.zeros(hits.shape), where=pictures > 0)
        found: Floats = share.sum(axis=1) / (pictures > 0).sum(axis=1)
        return found

    once = np.ones((1, len(truth)), dtype=np.uint8)
    return estimate(shares(once)[0], shares(drawn_counts(len(truth), draws, seed)[:, order]))
