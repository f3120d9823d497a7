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
from scipy.sparse import csr_array

from twentyq.study.paths import Floats, Ints
from twentyq.study.summary import Estimate

DRAWS = 2000
SEED = 0
MIDDLE = (0.025, 0.975)
LARGEST_ARRAY = 2**23


def resampled_means(columns: Floats | csr_array, draws: int = DRAWS, seed: int = SEED) -> Floats:
    """Return the mean of each column over each draw of pictures, `(draws, n_columns)`.

    `columns` is `(n_images, n_columns)`, dense or sparse.
    """
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


def macro_mean(values: NDArray[Any], truth: Ints, draws: int = DRAWS, seed: int = SEED) -> Estimate:
    """Return the mean over labels of each label's mean, over labels that have pictures.

    `values` are hits and `truth` the pictures' labels, both `(n_images,)`. A draw that takes no
    picture of a label is averaged over the others.
    """
    n_images = len(truth)
    labels, which = np.unique(truth, return_inverse=True)
    rows = np.arange(n_images)
    weights = [np.ones(n_images), np.asarray(values, dtype=np.float64)]
    shape = (n_images, len(labels))
    pictures, hits = (csr_array((weight, (rows, which)), shape=shape) for weight in weights)

    def over_labels(hits: Floats, pictures: Floats) -> Floats:
        share = np.divide(hits, pictures, out=np.zeros_like(hits), where=pictures > 0)
        found: Floats = share.sum(axis=-1) / (pictures > 0).sum(axis=-1)
        return found

    value = over_labels(hits.sum(axis=0), pictures.sum(axis=0))
    drawn = over_labels(resampled_means(hits, draws, seed), resampled_means(pictures, draws, seed))
    return estimate(float(value), drawn)
