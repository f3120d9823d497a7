"""Confusion: what is answered where something else is true."""

from __future__ import annotations

import torch
from torch import Tensor

from twentyq.engine.plan import Plan

PSEUDO_COUNTS = 3.0
SELF = 0.35
"""How much of the prior is a right answer; the rest is the mean answer."""
SMALLEST_CHANCE = 1e-9


def fit_confusion(plan: Plan, answers: Tensor, truth: Tensor) -> Tensor:
    """Return C_g[j, k], the mean answer k where j is true, `(n_prompts, K)` padded with zeros.

    Shrunk towards 0.35 · I + 0.65 · (mean answer) by three pseudo-counts. The truth of a picture is
    the rule of its label; a label without a rule in a group, or a rule that says nothing, teaches
    nothing there. `answers` is `(n_images, n_prompts)`, `truth` indexes labels.
    """
    rules = label_rules(plan)
    confusion = answers.new_zeros(plan.n_prompts, int(plan.sizes.max()))
    for group, size in enumerate(plan.sizes.tolist()):
        columns = plan.options_of(group)
        of_label = rules[:, columns]
        speaks = (of_label - 1 / size).abs().amax(dim=1, keepdim=True) > SMALLEST_CHANCE
        true = (of_label * speaks)[truth]
        prior = SELF * torch.eye(size, dtype=answers.dtype) + (1 - SELF) * answers[:, columns].mean(
            0
        )
        counts = true.T @ answers[:, columns] + PSEUDO_COUNTS * prior
        mean = counts / (true.sum(dim=0)[:, None] + PSEUDO_COUNTS)
        mean = mean.clamp(min=SMALLEST_CHANCE)
        confusion[columns, :size] = mean / mean.sum(dim=1, keepdim=True)
    return confusion


def label_rules(plan: Plan) -> Tensor:
    """Return the mean rules of each label's classes, `(n_labels, n_prompts)`."""
    counts = torch.bincount(plan.label_of, minlength=len(plan.labels))
    total = plan.rules.new_zeros(len(plan.labels), plan.n_prompts)
    return total.index_add_(0, plan.label_of, plan.rules) / counts[:, None]
