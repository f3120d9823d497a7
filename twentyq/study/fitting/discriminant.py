"""Linear discriminant analysis on what the questions bring out, in place of the rules."""

from __future__ import annotations

import torch
from sklearn.covariance import ledoit_wolf
from torch import Tensor

from twentyq.engine.calibration import Discriminant
from twentyq.engine.discriminant import log_ratios
from twentyq.engine.plan import Plan

RIDGE = 1e-4
"""Of each variance: what a file rounds off must not make one negative in some direction."""


def can_discriminate(truth: Tensor) -> bool:
    """Return whether some label has two pictures, and so a spread within."""
    return bool((torch.bincount(truth) > 1).any())


def fit_discriminant(plan: Plan, answers: Tensor, truth: Tensor) -> Discriminant:
    """Return class means of log-ratios and their covariance within labels.

    The covariance is that of O. Ledoit and M. Wolf (2004), A well-conditioned estimator for
    large-dimensional covariance matrices, on what is left of each picture less its label's mean,
    scaled up for the means that were fitted. Means of few pictures are far apart by chance: they
    are shrunk towards the common one as B. Efron and C. Morris (1973), Stein's estimation rule and
    its competitors, do, by variance within over variance between. `answers` is
    `(n_images, n_prompts)`; `truth` indexes labels, of which one has two pictures at least.
    """
    ratios = torch.cat(
        [log_ratios(answers[:, plan.options_of(group)]) for group in range(len(plan.groups))], dim=1
    )
    center = ratios.mean(dim=0)
    centred = ratios - center
    counts = torch.bincount(truth, minlength=len(plan.labels))
    sums = centred.new_zeros(len(plan.labels), plan.n_prompts).index_add_(0, truth, centred)
    means = sums / counts.clamp(min=1)[:, None]
    # A picture that is alone with its label is its own mean and says nothing of spread.
    left = (centred - means[truth])[counts[truth] > 1]
    free = len(left) - int((counts > 1).sum())
    shrunk, _ = ledoit_wolf(left.numpy(), assume_centered=True)
    covariance = torch.from_numpy(shrunk) * (len(left) / free)
    covariance.diagonal().mul_(1 + RIDGE)

    seen = counts > 0
    within = covariance.trace() / counts[seen]
    between = (means[seen].square().sum(dim=1) - within).mean().clamp(min=0)
    kept = torch.zeros_like(counts, dtype=means.dtype)
    kept[seen] = between / (between + within).clamp(min=torch.finfo(means.dtype).tiny)
    return Discriminant(
        center=center,
        means=(means * kept[:, None])[plan.label_of],
        has_mean=seen[plan.label_of],
        covariance=covariance,
    )
