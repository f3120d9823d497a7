"""Evidence by linear discriminant analysis, for whatever groups happen to have been asked.

The features are centred log-ratios of the answers: the logarithm of each share less its mean over
the group's options (J. Aitchison, 1986, The Statistical Analysis of Compositional Data). Classes
share one covariance, and a Gaussian's marginal over the groups asked is read off by taking their
rows and columns.
"""

from __future__ import annotations

import torch
from torch import Tensor

from twentyq.engine.answers import EVIDENCE_STEP, to_grid
from twentyq.engine.calibration import Discriminant
from twentyq.engine.plan import Plan

# Smaller shares are not told apart: their logarithm would outweigh every other answer.
SMALLEST_SHARE = 1e-15
# Log-ratios of a group sum to 0, so its block has a direction without variance unless shrinkage
# gave it some. Pictures and means do not differ along it; the ridge, as a share of the mean
# variance, only keeps the factorisation from failing there.
RIDGE = 1e-9
LARGEST_ARRAY = 2**24


def log_ratios(answers: Tensor) -> Tensor:
    """Return log a(k) − mean_k log a(k) of one group's answers, `(n_images, n_options)`."""
    logs = torch.log(answers.clamp(min=SMALLEST_SHARE))
    return logs - logs.mean(dim=-1, keepdim=True)


def with_discriminant(
    plan: Plan, discriminant: Discriminant, evidence: Tensor, asked: Tensor, ratios: Tensor
) -> Tensor:
    """Return evidence with the Gaussian's in place of the rules', `(n_images, n_classes)` in nats.

    `evidence` is the rules', `asked` is `(n_images, n_groups)`, `ratios` `(n_images, Q)`. Two kinds
    of evidence have no common zero. The rules keep the say on how much belief the classes with
    pictures hold together, Σ exp(evidence), and the Gaussian says how they share it; classes
    without pictures keep the rules' evidence as it is.
    """
    seen = discriminant.has_mean
    gaussian = marginal_evidence(plan, discriminant, asked, ratios)
    together = torch.logsumexp(evidence[:, seen], dim=1, keepdim=True)
    level = torch.logsumexp(gaussian, dim=1, keepdim=True)
    joined = evidence.clone()
    joined[:, seen] = to_grid(gaussian - level + together, EVIDENCE_STEP)
    return joined


def marginal_evidence(
    plan: Plan, discriminant: Discriminant, asked: Tensor, ratios: Tensor
) -> Tensor:
    """Return log N(x_A; μ_c, Σ_A) but for what all classes share, `(n_images, n_classes seen)`.

    A are the options of the groups asked.
    """
    means = discriminant.means[discriminant.has_mean]
    columns = asked[:, plan.option_group]
    width = int(columns.sum(dim=1).max())
    if not width or not len(means):
        return ratios.new_zeros(len(ratios), len(means))
    step = max(1, LARGEST_ARRAY // (width * max(width, len(means))))
    centred = ratios - discriminant.center
    parts = [
        _marginal(discriminant.covariance, means, x, mask)
        for x, mask in zip(torch.split(centred, step), torch.split(columns, step), strict=True)
    ]
    return torch.cat(parts)


def _marginal(covariance: Tensor, means: Tensor, x: Tensor, columns: Tensor) -> Tensor:
    """Return xᵀ Σ_A⁻¹ μ − ½ μᵀ Σ_A⁻¹ μ, `(n, n_classes)`, once per distinct set of columns."""
    patterns, which = torch.unique(columns, dim=0, return_inverse=True)
    width = int(patterns.sum(dim=1).max())
    # The columns asked come first, in file order; what is left of the width is made harmless.
    index = torch.argsort(~patterns, dim=1, stable=True)[:, :width]
    used = patterns.gather(1, index)
    blocks = covariance[index[:, :, None], index[:, None, :]] * (used[:, :, None] & used[:, None])
    ridge = RIDGE * covariance.diagonal().mean()
    blocks.diagonal(dim1=1, dim2=2).add_(torch.where(used, ridge, 1.0))
    of_class = means.T[index] * used[:, :, None]
    weights = torch.cholesky_solve(of_class, torch.linalg.cholesky(blocks))
    constant = (of_class * weights).sum(dim=1) / 2
    mine = x.gather(1, index[which]) * used[which]
    evidence: Tensor = torch.bmm(mine[:, None], weights[which])[:, 0] - constant[which]
    return evidence
