"""Weights: how much each group's evidence is worth beside the others'."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from torch import Tensor

from twentyq.engine.reading import Reading
from twentyq.study.fitting.evidence import Evidence, mean_loss

PENALTY = 2.0
"""Of squared log weights, in pictures' worth of log loss: few pictures leave weights near 1."""
RANGE = (-4.0, 4.0)
STEPS = 30


def fit_weights(reading: Reading, similarities: Tensor, truth: Tensor, subsets: Tensor) -> Tensor:
    """Return w_g with the least penalised log loss of the posterior over subsets, `(n_groups,)`.

    `reading` has no weights of its own.
    """
    plan = reading.plan
    of_rules = [
        reading.evidence(group, reading.answer(group, similarities[:, plan.options_of(group)]))
        for group in range(len(plan.groups))
    ]
    n_informative = (subsets & plan.informative).sum(dim=1)

    def loss(logs: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        weights = np.exp(logs)
        evidence = similarities.new_zeros(len(subsets), len(truth), len(plan.classes))
        for group, said in enumerate(of_rules):
            evidence[subsets[:, group]] += float(weights[group]) * said[:, plan.spread(group)]
        # The sum over groups is linear: only what follows it is left to differentiate.
        evidence.requires_grad_()
        total = mean_loss(
            plan, Evidence(evidence, n_informative), truth, redundancy=reading.settings.redundancy
        )
        (slope,) = torch.autograd.grad(total, evidence)
        of_weight = [
            float((slope[subsets[:, group]] * said[:, plan.spread(group)]).sum())
            for group, said in enumerate(of_rules)
        ]
        penalty = PENALTY / len(truth)
        return (
            total.item() + penalty * float(logs @ logs),
            weights * np.array(of_weight) + 2 * penalty * logs,
        )

    found = minimize(
        loss,
        np.zeros(len(of_rules)),
        jac=True,
        method="L-BFGS-B",
        bounds=[RANGE] * len(of_rules),
        options={"maxiter": STEPS},
    )
    return torch.from_numpy(np.exp(found.x))
