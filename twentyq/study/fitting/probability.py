"""The reported probability: how far the evidence can be taken at its word."""

from __future__ import annotations

import math
from typing import Any

from numpy.typing import NDArray
from scipy.optimize import minimize
from torch import Tensor

from twentyq.engine.calibration import ReportedProbability
from twentyq.engine.plan import Plan
from twentyq.study.fitting.evidence import Evidence, mean_loss

START = (0.0, 0.1)
BOUNDS = ((math.log(1e-3), math.log(1e3)), (0.0, 100.0))


def fit_probability(plan: Plan, evidence: Evidence, truth: Tensor) -> ReportedProbability:
    """Return w₁ and ρ with the least log loss over subsets of the groups.

    The evidence must be out of fold: a calibration is surer of the pictures that it was fitted to.
    """

    def loss(point: NDArray[Any]) -> float:
        stated = _read(point)
        weight, redundancy = stated.weight, stated.redundancy
        return float(mean_loss(plan, evidence, truth, weight=weight, redundancy=redundancy))

    found = minimize(loss, START, method="L-BFGS-B", bounds=BOUNDS)
    return _read(found.x)


def _read(point: NDArray[Any]) -> ReportedProbability:
    log_weight, redundancy = point.tolist()
    return ReportedProbability(math.exp(log_weight), redundancy)
