"""Accuracy against prompts: one policy's path, cut by every useful threshold of a stop rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twentyq.study.measures import share_of
from twentyq.study.paths import Floats, Ints, Path, questions_asked, stopping_column
from twentyq.study.resampling import estimate, resampled_means
from twentyq.study.summary import Curve, Point

STOPS = ("confidence", "margin", "questions", "agrees")

# Evenly to 0.98, then evenly in the logarithm of what is missing to 1: posteriors crowd there.
PROBABILITIES: Floats = np.concatenate(
    [np.linspace(0.02, 0.98, 49), 1 - np.logspace(-2, -8, 25), [1.0]]
).round(9)

# z has no scale of its own, so thresholds follow where it was seen.
SHARES = np.linspace(0, 1, 51)


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """What n pictures cost and get at each of T thresholds, from loose to strict.

    Where a policy was played several times, with other seeds, figures are means over its plays.

    thresholds  (T,)
    spent       (n, T) prompts
    right       (n, T) share of plays that return the true label
    agrees      (n, T) share of plays that return full's label
    """

    thresholds: Floats
    spent: Floats
    right: Floats
    agrees: Floats


def signal_of(path: Path, stop: str) -> Floats:
    """Return what a stop rule compares with its threshold, `(n_images, R)`.

    `stop` is confidence, margin, questions or agrees, as the command line writes the rule.
    """
    if stop == "questions":
        return questions_asked(path).astype(np.float64)
    signals = {"confidence": path.confidence, "margin": path.margin, "agrees": path.agreement}
    return signals[stop]


def thresholds_of(paths: Sequence[Path], stop: str) -> Floats:
    """Return the thresholds worth a point on the curve, from loose to strict, `(T,)`."""
    if stop == "questions":
        return np.arange(1.0, max(path.group.shape[1] for path in paths) + 1)
    if stop == "agrees":
        z = np.concatenate([path.agreement.ravel() for path in paths])
        finite = z[np.isfinite(z)]
        # Without a finite z there is nothing between beaten, +∞, and ahead, −∞.
        spread = np.quantile(finite, SHARES) if finite.size else 0.0
        return np.unique(np.asarray(spread, dtype=np.float64))
    return PROBABILITIES


def sweep(paths: Sequence[Path], stop: str, truth: Ints, full: Ints) -> Sweep:
    """Cut the paths of one policy by every threshold of a stop rule.

    `truth` and `full` are the true labels and those of full, `(n_images,)`. Thresholds that stop
    every picture where a looser one does are left out.
    """
    thresholds = thresholds_of(paths, stop)
    columns = [
        np.stack([stopping_column(signal_of(path, stop) >= t) for t in thresholds], axis=1)
        for path in paths
    ]

    def mean(arrays: list[NDArray[Any]]) -> Floats:
        cut = [np.take_along_axis(a, c, axis=1) for a, c in zip(arrays, columns, strict=True)]
        return np.asarray(np.mean(cut, axis=0), dtype=np.float64)

    spent = mean([path.spent for path in paths])
    new = np.append(True, np.diff(spent, axis=1).any(axis=0))
    return Sweep(
        thresholds=thresholds[new],
        spent=spent[:, new],
        right=mean([path.label == truth[:, None] for path in paths])[:, new],
        agrees=mean([path.label == full[:, None] for path in paths])[:, new],
    )


def curve(policy: str, stop: str, swept: Sweep, n_prompts: int, chance: float) -> Curve:
    """Return the curve of a policy with a stop rule; `n_prompts` is Q, full's cost.

    The curve starts at 0 prompts with `chance`, the accuracy of a guess among the labels, and runs
    flat from its last point to Q. Means over several plays are counted as whole pictures, rounded.
    """
    n_images, n_points = swept.right.shape
    drawn = resampled_means(np.concatenate([swept.spent, swept.right], axis=1))
    prompts, accuracy = swept.spent.mean(axis=0), swept.right.mean(axis=0)
    agreement = swept.agrees.mean(axis=0)

    def counted(shares: Floats) -> list[int]:
        whole: list[int] = np.round(shares * n_images).astype(int).tolist()
        return whole

    return Curve(
        policy=policy,
        stop=stop,
        area=estimate(
            float(mean_accuracy(prompts, accuracy, n_prompts, chance)),
            mean_accuracy(drawn[:, :n_points], drawn[:, n_points:], n_prompts, chance),
        ),
        points=[
            Point(
                threshold=float(threshold),
                prompts=float(cost),
                accuracy=share_of(right, n_images),
                agreement=share_of(agreeing, n_images),
            )
            for threshold, cost, right, agreeing in zip(
                swept.thresholds, prompts, counted(accuracy), counted(agreement), strict=True
            )
        ],
    )


def mean_accuracy(prompts: Floats, accuracy: Floats, n_prompts: int, chance: float) -> Floats:
    """Return the mean accuracy over 0 to Q prompts by trapezoids, one for each row of points.

    `prompts` and `accuracy` are `(..., n_points)`, in the order of rising prompts.
    """
    at_zero = np.full_like(prompts[..., :1], 0.0)
    at_end = np.full_like(prompts[..., :1], n_prompts)
    x = np.concatenate([at_zero, prompts, at_end], axis=-1)
    y = np.concatenate([np.full_like(at_zero, chance), accuracy, accuracy[..., -1:]], axis=-1)
    return np.asarray(np.trapezoid(y, x, axis=-1) / n_prompts)
