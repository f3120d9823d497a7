"""Shares, exact tests and percentiles: figures whose intervals need no resampling."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, quantile_test

from twentyq.study.paths import Bools, Floats, Ints
from twentyq.study.summary import Disagreement, Estimate, McNemar, Mode, Share


def share(hits: Bools) -> Share:
    """Return how many of some pictures, at least one, are hits, with Wilson's interval of 95 %."""
    return share_of(int(np.count_nonzero(hits)), len(hits))


# The points of a curve repeat few different counts, and scipy finds an exact p with each.
@lru_cache(maxsize=4096)
def share_of(count: int, total: int) -> Share:
    """Return a count out of a total of at least one, with Wilson's interval of 95 %."""
    low, high = binomtest(count, total).proportion_ci(0.95, method="wilson")
    return Share(count=count, total=total, share=count / total, low=float(low), high=float(high))


def hits_of(labels: Ints, truth: Ints) -> Bools:
    """Return whether the true label is the one given, or among those given, `(n_images,)`.

    `labels` is `(n_images,)` or `(n_images, k)` padded with −1; `truth` is `(n_images,)`.
    """
    given = labels if labels.ndim == 2 else labels[:, None]
    found: Bools = (given == truth[:, None]).any(axis=1)
    return found


def mcnemar(right: Bools, full_right: Bools) -> McNemar:
    """Return the exact two-sided test that a mode is as often right as full, `(n_images,)` both.

    Only pictures that one of them alone gets right speak; each is a fair coin if the two are
    equally good (McNemar 1947, with the binomial distribution itself). `p_holm` is for this test
    alone, until `corrected` sees them all.
    """
    only_this = int(np.count_nonzero(right & ~full_right))
    only_full = int(np.count_nonzero(full_right & ~right))
    apart = only_this + only_full
    p = binomtest(only_this, apart).pvalue if apart else 1.0
    return McNemar(only_this=only_this, only_full=only_full, p=float(p), p_holm=float(p))


def corrected(modes: Sequence[Mode]) -> list[Mode]:
    """Return modes with `p_holm` corrected for all the tests among them."""
    tests = [mode.mcnemar for mode in modes if mode.mcnemar is not None]
    p_holm = iter(holm(np.array([test.p for test in tests])).tolist())
    return [
        mode
        if mode.mcnemar is None
        else mode.model_copy(
            update={"mcnemar": mode.mcnemar.model_copy(update={"p_holm": next(p_holm)})}
        )
        for mode in modes
    ]


def holm(p_values: Floats) -> Floats:
    """Return p values `(n_tests,)` corrected for one another.

    That of rank i, from 0, becomes the largest (n_tests − j) · p_(j) over j ≤ i, at most 1 (Holm
    1979). To reject those of at most 5 % is then wrong about any at all at most 5 % of the time.
    """
    order = np.argsort(p_values, kind="stable")
    stepped = p_values[order] * np.arange(len(order), 0, -1)
    found = np.empty(len(order))
    found[order] = np.maximum.accumulate(stepped).clip(max=1)
    return found


def percentile(values: NDArray[Any], part: float, most: float) -> Estimate:
    """Return the least value that a part of the pictures do not exceed, with a 95 % interval.

    `values` are costs from 0 to `most`, `(n_images,)`. The interval runs between two order
    statistics and holds for any distribution (Conover 1999, section 3.2); where pictures are too
    few for one of its ends, it ends at 0 or at `most`.
    """
    ends = np.asarray(quantile_test(values, p=part).confidence_interval(0.95), dtype=np.float64)
    low, high = np.where(np.isnan(ends), (0.0, most), ends)
    value = np.quantile(values, part, method="inverted_cdf")
    return Estimate(value=float(value), low=float(low), high=float(high))


def disagreements(
    names: tuple[str, ...], labels: tuple[str, ...], truth: Ints, adaptive: Ints, full: Ints
) -> tuple[list[Disagreement], list[Disagreement]]:
    """Return the pictures that adaptive loses and those that it wins against full.

    It loses a picture that full alone gets right, and wins one that it alone gets right. `truth`,
    `adaptive` and `full` are labels of the pictures `names`, `(n_images,)` indices into `labels`.
    """

    def listed(rows: Bools) -> list[Disagreement]:
        return [
            Disagreement(
                picture=names[row],
                truth=labels[truth[row]],
                adaptive=labels[adaptive[row]],
                full=labels[full[row]],
            )
            for row in np.flatnonzero(rows).tolist()
        ]

    right, full_right = adaptive == truth, full == truth
    return listed(full_right & ~right), listed(right & ~full_right)
