"""Planning's noise: how sharply each group is answered at all."""

from __future__ import annotations

import torch
from torch import Tensor

from twentyq.engine.plan import Plan

# A group of pure noise is still asked in the end, and none is trusted to decide alone.
LEAST, MOST = 0.05, 0.95


def fit_noise(plan: Plan, answers: Tensor) -> Tensor:
    """Return η_g from the mean sharpness of the answers, `(n_groups,)`; no labels are needed.

    Under the planning channel an answer is (1 − η) on one option and η / K on each, whose
    sharpness is s = Σ_k a(k)² = (1 − η)² (1 − 1/K) + 1/K; hence η = 1 − sqrt((K s − 1) / (K − 1)).
    `answers` is `(n_images, n_prompts)`.
    """
    squares = answers.square().mean(dim=0)
    sharpness = squares.new_zeros(len(plan.groups)).index_add_(0, plan.option_group, squares)
    excess = (plan.sizes * sharpness - 1).clamp(min=0) / (plan.sizes - 1).clamp(min=1)
    return (1 - torch.sqrt(excess)).clamp(LEAST, MOST)
