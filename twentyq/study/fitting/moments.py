"""Mean and spread of each group's answers, for the stop rule `agrees`."""

from __future__ import annotations

import torch
from torch import Tensor

from twentyq.engine.calibration import Moments
from twentyq.engine.plan import Plan


def fit_moments(plan: Plan, answers: Tensor) -> Moments:
    """Return the moments of answers `(n_images, n_prompts)`, without thresholds; no labels needed.

    Takes at least two pictures.
    """
    covariance = answers.new_zeros(plan.n_prompts, int(plan.sizes.max()))
    for group, size in enumerate(plan.sizes.tolist()):
        columns = plan.options_of(group)
        covariance[columns, :size] = torch.cov(answers[:, columns].T).reshape(size, size)
    return Moments(answers.mean(dim=0), covariance, ())
