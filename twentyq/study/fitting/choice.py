"""Which parts of a calibration earn their place on pictures that they have not seen."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from torch import Tensor

from twentyq.engine.calibration import Calibration
from twentyq.engine.plan import Plan
from twentyq.study.fitting.discriminant import can_discriminate
from twentyq.study.fitting.parts import PARTS, fit_parts
from twentyq.study.fitting.probability import fit_probability
from twentyq.study.fitting.validation import Judged, Trial, cross_validate

WAYS = (
    ("temperature",),
    ("weights",),
    ("confusion",),
    ("confusion", "weights"),
    ("lda",),
)
"""Ways to come to evidence, tried on top of bias and probability where those earn their place."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """All that was tried, and what was chosen of it; the first trial is without any part."""

    trials: tuple[Trial, ...]
    chosen: Trial

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that were chosen."""
        return self.chosen.judged.parts


def choose(
    plan: Plan, scale: float, similarities: Tensor, truth: Tensor, allowed: Collection[str]
) -> Choice:
    """Choose among the allowed parts by log loss in cross-validation, none of them included.

    A part is taken where it is better than what stands without it by more than the standard error
    of the difference over pictures. First comes the probability, whose size log loss depends on
    most, then bias, then the best way to evidence.
    """

    def trial(*parts: str) -> Trial:
        in_order = [part for part in PARTS if part in parts]
        tried.append(cross_validate(plan, scale, similarities, truth, in_order))
        return tried[-1]

    tried: list[Trial] = []
    best = trial()
    for part in ("probability", "bias"):
        if part in allowed:
            best = _better(best, trial(*best.judged.parts, part))
    base = best
    for way in _ways(allowed, truth):
        best = _better(base, trial(*base.judged.parts, *way), best)
    return Choice(tuple(tried), best)


def fit_choice(
    plan: Plan, scale: float, similarities: Tensor, truth: Tensor, choice: Choice
) -> Calibration:
    """Return the calibration that was chosen, fitted to all pictures."""
    calibration = fit_parts(plan, scale, similarities, truth, choice.parts)
    if "probability" not in choice.parts:
        return calibration
    stated = fit_probability(plan, choice.chosen.evidence, truth)
    return replace(calibration, probability=stated)


def improvement(before: Judged, after: Judged) -> tuple[float, float]:
    """Return by how much the mean log loss falls, and the standard error of that."""
    drop = before.loss - after.loss
    return float(drop.mean()), float(drop.std(ddof=1)) / math.sqrt(len(drop))


def _better(base: Trial, new: Trial, best: Trial | None = None) -> Trial:
    """Return the new trial where it beats the base for certain and the best so far at all."""
    rival = base if best is None else best
    drop, error = improvement(base.judged, new.judged)
    return new if drop > error and new.judged.loss.mean() < rival.judged.loss.mean() else rival


def _ways(allowed: Collection[str], truth: Tensor) -> Iterator[tuple[str, ...]]:
    for way in WAYS:
        if set(way) <= set(allowed) and ("lda" not in way or can_discriminate(truth)):
            yield way
