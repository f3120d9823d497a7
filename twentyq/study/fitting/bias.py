"""Prompt bias: what an encoder answers whatever it is shown."""

from __future__ import annotations

import torch
from torch import Tensor

from twentyq.engine.discriminant import SMALLEST_SHARE

STRENGTH = 0.5
"""γ, the share of the bias that is taken off. All of it would take off also what is common."""


def fit_bias(answers: Tensor) -> Tensor:
    """Return γ · mean(log a) over pictures, `(n_prompts,)`; no labels are needed.

    `answers` are those with their bias, `(n_images, n_prompts)`.
    """
    return STRENGTH * torch.log(answers.clamp(min=SMALLEST_SHARE)).mean(dim=0)
