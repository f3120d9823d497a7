"""Temperature: the scale of the cosines under which belief is right most often and most honest."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from twentyq.engine.belief import BeliefSettings
from twentyq.engine.calibration import Calibration
from twentyq.engine.plan import Plan
from twentyq.engine.reading import build_reading
from twentyq.study.fitting.bias import fit_bias
from twentyq.study.fitting.evidence import gather, mean_loss
from twentyq.study.group_answers import read_answers

FACTORS = tuple(2.0**step for step in range(-3, 4))


def fit_temperature(
    plan: Plan,
    scale: float,
    similarities: Tensor,
    truth: Tensor,
    subsets: Tensor,
    *,
    unbiased: bool,
) -> float:
    """Return τ with the least log loss of the posterior over subsets of the groups.

    τ is `scale` times a power of two between 1/8 and 8; of equals, the one nearest to `scale`.
    With `unbiased` the prompt bias is taken off at each τ.
    """

    def loss(factor: float) -> float:
        tau = scale * factor
        reading = build_reading(plan, tau, BeliefSettings(), Calibration())
        if unbiased:
            reading = replace(reading, bias=fit_bias(read_answers(reading, similarities)))
        evidence = gather(reading, similarities, subsets)
        redundancy = reading.settings.redundancy
        return float(mean_loss(plan, evidence, truth, redundancy=redundancy))

    nearest_first = sorted(FACTORS, key=lambda factor: max(factor, 1 / factor))
    return scale * min(nearest_first, key=loss)
