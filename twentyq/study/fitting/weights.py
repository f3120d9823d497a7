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
LARGEST_ARRAY = 2**27
"""Numbers of evidence that are held at once."""


def fit_weights(reading: Reading, similarities: Tensor, truth: Tensor, subsets: Tensor) -> Tensor:
    """Return w_g with the least penalised log loss of the posterior over subsets, `(n_groups,)`.

    `reading` has no weights of its own. Of very many pictures, the first that fit into memory
    are enough for so few numbers, in an order drawn at random.
    """
    plan = reading.plan
    n_classes, n_groups = len(plan.classes), len(plan.groups)
    order = np.random.default_rng(0).permutation(len(truth))
    used = torch.from_numpy(order[: max(1, LARGEST_ARRAY // (n_classes * n_groups))])
    cosines, truth = similarities[used], truth[used]
    of_groups = []
    for group in range(n_groups):
        said = reading.evidence(group, reading.answer(group, cosines[:, plan.options_of(group)]))
        of_groups.append(said[:, plan.spread(group)].flatten())
    evidence = torch.stack(of_groups)
    asked = subsets.to(evidence.dtype)
    n_informative = (subsets & plan.informative).sum(dim=1)

    def loss(logs: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        weights = torch.from_numpy(np.exp(logs))
        # The sum over groups is linear: only what follows it is left to differentiate.
        summed = ((asked * weights) @ evidence).requires_grad_()
        believed = Evidence(summed.view(len(asked), len(truth), n_classes), n_informative)
        total = mean_loss(plan, believed, truth, redundancy=reading.settings.redundancy)
        (slope,) = torch.autograd.grad(total, summed)
        of_weight = (asked * (slope @ evidence.T)).sum(dim=0)
        penalty = PENALTY / len(truth)
        return (
            total.item() + penalty * float(logs @ logs),
            (weights * of_weight).numpy() + 2 * penalty * logs,
        )

    found = minimize(
        loss,
        np.zeros(n_groups),
        jac=True,
        method="L-BFGS-B",
        bounds=[RANGE] * n_groups,
        options={"maxiter": STEPS},
    )
    return torch.from_numpy(np.exp(found.x))
