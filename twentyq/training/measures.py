"""Shares with their intervals, differences with theirs, and how a hit is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from scipy.stats import binomtest, bootstrap
from torch import Tensor

from twentyq.engine import Plan
from twentyq.training.protocol import Intervals

Hits: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
"""How far each case is right, `(n_cases,)`, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A share of right cases with Wilson's interval, and the share that guessing would reach."""

    part: str
    measure: str
    subset: str
    n: int
    chance: float
    share: float
    low: float
    high: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean difference of two measures on the same cases, with its bootstrap interval."""

    part: str
    measure: str
    subset: str
    n: int
    mean: float
    low: float
    high: float


def figure(
    part: str, measure: str, hits: Hits, chance: float, how: Intervals, *, subset: str, note: str
) -> Figure:
    """Return the share of hits; a case that is half right counts half."""
    n = len(hits)
    # Wilson's interval speaks of whole successes.
    test = binomtest(round(float(hits.sum())), n)
    low, high = test.proportion_ci(how.confidence, method="wilson")
    share = float(hits.mean())
    return Figure(part, measure, subset, n, chance, share, float(low), float(high), note)


def difference(
    part: str, measure: str, ours: Hits, theirs: Hits, how: Intervals, *, subset: str
) -> Difference:
    """Return the mean of `ours - theirs`, case by case, with a percentile bootstrap interval."""
    gaps = ours - theirs
    if len(gaps) == 1:  # one case says nothing of others
        return Difference(part, measure, subset, 1, float(gaps[0]), -1.0, 1.0)
    found = bootstrap(
        (gaps,),
        np.mean,
        n_resamples=how.resamples,
        batch=1000,
        confidence_level=how.confidence,
        method="percentile",
        rng=np.random.default_rng(how.seed),
    )
    low, high = (float(end) for end in found.confidence_interval)
    return Difference(part, measure, subset, len(gaps), float(gaps.mean()), low, high)


def label_hits(plan: Plan, scores: Tensor, truth: Sequence[str]) -> Hits:
    """Return 1 where a picture's label alone scores best, 1/k where k classes share the best score.

    `scores` is `(n_images, n_classes)`. The engine's scores are exact, so ties are too.
    """
    best = scores == scores.amax(dim=1, keepdim=True)
    labels = np.asarray(plan.labels)[plan.label_of.cpu().numpy()]
    right = labels[None, :] == np.asarray(truth)[:, None]
    winners = best.cpu().numpy()
    hits: Hits = (winners & right).sum(axis=1) / winners.sum(axis=1)
    return hits
