"""Evidence by linear discriminant analysis, for whatever groups happen to have been asked.

The features are centred log-ratios of the answers: the logarithm of each share less its mean over
the group's options (J. Aitchison, 1986, The Statistical Analysis of Compositional Data). Classes
share one covariance, and a Gaussian's marginal over the groups asked is read off by taking their
rows and columns. Where most were asked, the rows and columns of the others are fewer: by the
inverse of a block matrix, with Λ = Σ⁻¹ and B what was not asked,
xᵀ_A Σ_A⁻¹ μ_A = xᵀ Λ μ − (Λ x)ᵀ_B Λ_B⁻¹ (Λ μ)_B, whatever stands in x and μ at B.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

from twentyq.engine.answers import EVIDENCE_STEP, to_grid
from twentyq.engine.calibration import Discriminant, useless
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


@dataclass(frozen=True, slots=True, eq=False)
class Gaussian:
    """A discriminant made ready, for the S classes that had pictures.

    classes     (S,) which these are
    center      (Q,) mean log-ratio
    means       (S, Q) and covariance (Q, Q): Σ and the μ
    scaled      (S, Q) and precision (Q, Q): Λ = Σ⁻¹ and the Λ μ
    halves      (S,) ½ μᵀ Λ μ
    """

    classes: Tensor
    center: Tensor
    means: Tensor
    covariance: Tensor
    scaled: Tensor
    precision: Tensor
    halves: Tensor


def compile_discriminant(discriminant: Discriminant) -> Gaussian:
    """Make a discriminant ready for play; raises UsageError for what is no covariance."""
    means, covariance = discriminant.means[discriminant.has_mean], discriminant.covariance.clone()
    covariance.diagonal().add_(RIDGE * covariance.diagonal().mean())
    factor, fault = torch.linalg.cholesky_ex(covariance)
    if bool(fault):
        got = "a direction of negative variance, or of none at all"
        raise useless("discriminant.covariance", got, "a covariance")
    precision = torch.cholesky_inverse(factor)
    scaled = means @ precision
    halves = (means * scaled).sum(dim=1) / 2
    return Gaussian(
        discriminant.has_mean.nonzero()[:, 0],
        discriminant.center,
        means,
        covariance,
        scaled,
        precision,
        halves,
    )


def with_discriminant(
    plan: Plan,
    gaussian: Gaussian,
    evidence: Tensor,
    asked: Tensor,
    ratios: Tensor,
    *,
    fixed_shapes: bool = False,
) -> Tensor:
    """Return evidence with the Gaussian's in place of the rules', `(n_images, n_classes)` in nats.

    `evidence` is the rules', `asked` is `(n_images, n_groups)`, `ratios` `(n_images, Q)`. Two kinds
    of evidence have no common zero. The rules keep the say on how much belief the classes with
    pictures hold together, Σ exp(evidence), and the Gaussian says how they share it; classes
    without pictures keep the rules' evidence as it is. `fixed_shapes` takes the form of
    `marginal_by_masks`.
    """
    marginal = marginal_by_masks if fixed_shapes else marginal_evidence
    told = marginal(plan, gaussian, asked, ratios)
    together = torch.logsumexp(evidence[:, gaussian.classes], dim=1, keepdim=True)
    level = torch.logsumexp(told, dim=1, keepdim=True)
    shared = to_grid(told - level + together, EVIDENCE_STEP)
    return evidence.index_copy(1, gaussian.classes, shared)


def marginal_evidence(plan: Plan, gaussian: Gaussian, asked: Tensor, ratios: Tensor) -> Tensor:
    """Return log N(x_A; μ_c, Σ_A) but for what all classes share, `(n_images, S)`.

    A are the options of the groups asked; what `ratios` hold elsewhere does not matter.
    """
    columns = asked[:, plan.option_group]
    x = (ratios - gaussian.center) * columns
    few = 2 * columns.sum(dim=1) <= plan.n_prompts
    evidence = x.new_empty(len(x), len(gaussian.means))
    evidence[few] = _form(gaussian.covariance, gaussian.means, x[few], columns[few])
    most, left = x[~few], ~columns[~few]
    whole = most @ gaussian.scaled.T - gaussian.halves
    rest = _form(gaussian.precision, gaussian.scaled, most @ gaussian.precision, left)
    evidence[~few] = whole - rest
    return evidence


def marginal_by_masks(plan: Plan, gaussian: Gaussian, asked: Tensor, ratios: Tensor) -> Tensor:
    """Return what `marginal_evidence` does, with shapes that do not depend on what was asked.

    Each picture has a matrix of its own, in which the rows and columns of what was not asked are
    those of the identity. With its factor L, xᵀ M⁻¹ μ = (L⁻¹ x)ᵀ (L⁻¹ μ).
    """
    columns = asked[:, plan.option_group]
    x = (ratios - gaussian.center) * columns
    step = max(1, LARGEST_ARRAY // (plan.n_prompts * max(plan.n_prompts, len(gaussian.means) + 1)))
    parts = []
    for some, vectors in zip(torch.split(columns, step), torch.split(x, step), strict=True):
        blocks = gaussian.covariance * (some[:, :, None] & some[:, None, :])
        blocks.diagonal(dim1=1, dim2=2).add_(~some)
        factor, _ = torch.linalg.cholesky_ex(blocks)
        both = torch.cat([gaussian.means.T * some[:, :, None], vectors[:, :, None]], dim=2)
        solved = torch.linalg.solve_triangular(factor, both, upper=False)
        means, mine = solved[:, :, :-1], solved[:, :, -1:]
        parts.append((means * mine).sum(dim=1) - means.square().sum(dim=1) / 2)
    return torch.cat(parts)


def _form(matrix: Tensor, means: Tensor, x: Tensor, columns: Tensor) -> Tensor:
    """Return xᵀ M⁻¹ μ − ½ μᵀ M⁻¹ μ over the columns of each picture alone, `(n_images, S)`."""
    width = int(columns.sum(dim=1).max()) if len(x) else 0
    if not width:
        return x.new_zeros(len(x), len(means))
    # What the narrower sets lack in width falls into a last row and column of zeros.
    matrix, means, x = pad(matrix, (0, 1, 0, 1)), pad(means, (0, 1)), pad(x, (0, 1))
    step = max(1, LARGEST_ARRAY // (width * max(width, len(means))))
    batches = zip(torch.split(x, step), torch.split(columns, step), strict=True)
    return torch.cat([_form_at_once(matrix, means, *batch) for batch in batches])


def _form_at_once(matrix: Tensor, means: Tensor, x: Tensor, columns: Tensor) -> Tensor:
    """Factor the matrix once per distinct set of columns."""
    patterns, which = torch.unique(columns, dim=0, return_inverse=True)
    width = int(patterns.sum(dim=1).max())
    index = torch.argsort(~patterns, dim=1, stable=True)[:, :width]
    used = patterns.gather(1, index)
    index = torch.where(used, index, patterns.shape[1])
    blocks = matrix[index[:, :, None], index[:, None, :]]
    blocks.diagonal(dim1=1, dim2=2).add_(~used)
    of_class = means.T[index]
    weights = torch.cholesky_solve(of_class, torch.linalg.cholesky(blocks))
    halves = (of_class * weights).sum(dim=1) / 2
    mine = x.gather(1, index[which])
    told: Tensor = torch.bmm(mine[:, None], weights[which])[:, 0] - halves[which]
    return told
