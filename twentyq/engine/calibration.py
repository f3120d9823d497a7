"""What pictures have taught about an encoder's answers to one system's questions.

Every part stands on its own and may be absent; without any, the engine plays as if this module did
not exist. Parts are fitted elsewhere: here they are arrays, ready to be applied.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from twentyq.engine.plan import Plan
from twentyq.errors import UsageError, shown


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Mean and spread of each group's answers over unlabelled pictures, for the stop rule `agrees`.

    mean        (Q,) mean answer
    covariance  (Q, K) row k of group g's K_g × K_g covariance, padded with zeros to K options
    thresholds  pairs of a target share of agreement with full and the least z that keeps it
    """

    mean: Tensor
    covariance: Tensor
    thresholds: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Discriminant:
    """Linear discriminant analysis on centred log-ratios, see `engine.discriminant.log_ratios`.

    center      (Q,) mean log-ratio, subtracted first
    means       (N, Q) mean of each class after that; rows of classes without pictures are not used
    has_mean    (N,) bool, whether a class had pictures
    covariance  (Q, Q) shrunk covariance within classes
    """

    center: Tensor
    means: Tensor
    has_mean: Tensor
    covariance: Tensor


@dataclass(frozen=True, slots=True)
class ReportedProbability:
    """softmax(weight / (1 + redundancy · (m − 1)) · evidence), the probability that is reported."""

    weight: float
    redundancy: float


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Parts that change how answers are read, believed, planned with, stopped by and reported.

    scale         τ, in place of the encoder's own
    bias          (Q,) γ · mean(log a): log a' = log a − bias, renormalised within the group
    noise         (G,) η_g of the planning channel; not used where there is confusion
    weights       (G,) w_g of each group's evidence
    confusion     (Q, K) C_g[j, k], the chance of answer k where j is true; padded with zeros.
                  Evidence becomes e_g(c) = Σ_j R(c, g, j) Σ_k a_g(k) log C_g[j, k], and planning
                  uses R · C_g
    discriminant  evidence of the classes that had pictures, in place of the rules'
    probability   what `Result.probability` reports and `decide calibrated` ranks by
    moments       what `agrees` needs
    """

    scale: float | None = None
    bias: Tensor | None = None
    noise: Tensor | None = None
    weights: Tensor | None = None
    confusion: Tensor | None = None
    discriminant: Discriminant | None = None
    probability: ReportedProbability | None = None
    moments: Moments | None = None


def check_fits(plan: Plan, calibration: Calibration) -> None:
    """Raise UsageError where a part has another shape than the plan, or numbers of no use."""
    for name, part, shape in _parts(plan, calibration):
        if part is None:
            continue
        if tuple(part.shape) != shape:
            raise UsageError(
                "the calibration does not fit the system",
                where=f"calibration, {name}",
                got=f"shape {tuple(part.shape)}",
                allowed=f"shape {shape}",
                mend="calibrate again with this system and these options",
            )
        if part.dtype != torch.bool and not bool(torch.isfinite(part).all()):
            raise useless(name, "a number that is not finite", "finite numbers")
    if calibration.confusion is not None:
        for group, size in enumerate(plan.sizes.tolist()):
            if not bool((calibration.confusion[plan.options_of(group), :size] > 0).all()):
                got = f"0 or less in group {shown(plan.groups[group])}"
                raise useless("confusion", got, "chances above 0")
    if calibration.weights is not None and bool((calibration.weights < 0).any()):
        raise useless("weights", "a weight below 0", "0 or more")
    if calibration.probability is not None:
        fitted = calibration.probability
        if not (0 < fitted.weight < math.inf and 0 <= fitted.redundancy < math.inf):
            raise useless("probability", str(fitted), "a weight above 0, a redundancy of 0 or more")


def check_reports(calibration: Calibration) -> None:
    """Raise UsageError where there is no calibrated probability to decide by."""
    if calibration.probability is None:
        raise UsageError(
            "there is no calibrated probability to decide by",
            where="decide",
            got="calibrated",
            allowed="score, posterior",
            mend="give a calibration that was fitted to labelled pictures",
        )


def check_targets(calibration: Calibration, targets: tuple[float, ...]) -> None:
    """Raise UsageError where `agrees` has no threshold for one of its targets."""
    moments = calibration.moments
    supported = [] if moments is None else sorted(target for target, _ in moments.thresholds)
    for target in targets:
        if target not in supported:
            raise UsageError(
                "agrees needs a calibration with a threshold for its target",
                where="stop",
                got=f"agrees:{target:.15g}",
                allowed=", ".join(f"agrees:{it:.15g}" for it in supported) or None,
                mend="calibrate on more pictures, or choose a target the calibration supports"
                if supported
                else "give a calibration that holds thresholds; twentyq calibrate writes one",
            )


def _parts(
    plan: Plan, calibration: Calibration
) -> list[tuple[str, Tensor | None, tuple[int, ...]]]:
    n_classes, n_groups, n_prompts = len(plan.classes), len(plan.groups), plan.n_prompts
    padded = (n_prompts, int(plan.sizes.max()))
    moments, discriminant = calibration.moments, calibration.discriminant
    parts: list[tuple[str, Tensor | None, tuple[int, ...]]] = [
        ("bias", calibration.bias, (n_prompts,)),
        ("noise", calibration.noise, (n_groups,)),
        ("weights", calibration.weights, (n_groups,)),
        ("confusion", calibration.confusion, padded),
    ]
    if moments is not None:
        parts += [
            ("moments.mean", moments.mean, (n_prompts,)),
            ("moments.covariance", moments.covariance, padded),
        ]
    if discriminant is not None:
        parts += [
            ("discriminant.center", discriminant.center, (n_prompts,)),
            ("discriminant.means", discriminant.means, (n_classes, n_prompts)),
            ("discriminant.has_mean", discriminant.has_mean, (n_classes,)),
            ("discriminant.covariance", discriminant.covariance, (n_prompts, n_prompts)),
        ]
    return parts


def useless(name: str, got: str, allowed: str) -> UsageError:
    """Return the error for a part that has the right shape and the wrong numbers."""
    return UsageError(
        "the calibration holds what cannot be used",
        where=f"calibration, {name}",
        got=got,
        allowed=allowed,
        mend="calibrate again",
    )
