"""How likely it is that asking the rest would change the label: the statistic of `agrees`.

From unlabelled pictures it is known what each group's answer is on average and how it varies. That
gives the mean and the variance of what the groups still to be asked will add to the lead of one
class over another. Groups are treated as if they varied independently; the threshold, which is read
off pictures, makes up for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from twentyq.engine.calibration import Moments
from twentyq.engine.certain import LARGEST_ARRAY
from twentyq.engine.plan import Plan
from twentyq.engine.state import State


@dataclass(frozen=True, slots=True, eq=False)
class RuleMoments:
    """The moments of answers, seen through each distinct rule r of the plan.

    mean        (M,) R(r) · μ_g, what the rule is expected to add to the score
    spread      (M, K) R(r) · Σ_g, padded with zeros to K options
    thresholds  as in `Moments`
    """

    mean: Tensor
    spread: Tensor
    thresholds: dict[float, float]


def rule_moments(plan: Plan, moments: Moments) -> RuleMoments:
    """Compile the moments of answers for a plan."""
    mean = plan.distinct_rules.new_zeros(len(plan.distinct_rules))
    spread = torch.zeros_like(plan.distinct_rules)
    for group, size in enumerate(plan.sizes.tolist()):
        rows, columns = slice(*plan.first_rule[group : group + 2]), plan.options_of(group)
        rules = plan.rules_of(group)
        mean[rows] = rules @ moments.mean[columns]
        spread[rows, :size] = rules @ moments.covariance[columns, :size]
    return RuleMoments(mean, spread, dict(moments.thresholds))


def agreement_z(plan: Plan, moments: RuleMoments, state: State, leader: Tensor) -> Tensor:
    """Return the least lead over a rival, in standard deviations of what is to come, `(n_images,)`.

    z = min over c' of [S(c*) − S(c') + Σ_g d_g · μ_g] / sqrt(Σ_g d_gᵀ Σ_g d_g), over the groups g
    still to be asked, with d_g = R(c*, g) − R(c', g), c* being `leader` `(n_images,)` and c' any
    class with another label. Without variance a rival is beaten (+∞) if the lead is positive, or
    zero with c* first in the file, and else ahead (−∞).
    """
    leaders, which = torch.unique(leader, return_inverse=True)
    drift, variance = _against(plan, moments, leaders)
    still_open = ~state.asked[:, plan.distinct_group]
    lead = state.scores.gather(1, leader[:, None]) - state.scores
    lead = lead + _over_groups(plan, drift[which] * still_open)
    variance = _over_groups(plan, variance[which] * still_open)
    later = torch.arange(len(plan.classes), device=plan.device) > leader[:, None]
    beaten = (lead > 0) | ((lead == 0) & later)
    settled = torch.where(beaten, torch.inf, -torch.inf)
    z = torch.where(variance > 0, lead / variance.sqrt(), settled)
    harmless = plan.label_of == plan.label_of[leader][:, None]
    return z.masked_fill(harmless, torch.inf).amin(dim=1)


def _against(plan: Plan, moments: RuleMoments, leaders: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and variance of a leader's gain on each distinct rule, two `(n_leaders, M)`.

    Both are exactly 0 where the leader has that very rule.
    """
    n_rules, width = plan.distinct_rules.shape
    step = max(1, LARGEST_ARRAY // (n_rules * width))
    means, variances = [], []
    for some in torch.split(leaders, step):
        own = plan.rule_of[some][:, plan.distinct_group]
        ahead = plan.distinct_rules[own] - plan.distinct_rules
        spread = moments.spread[own] - moments.spread
        means.append(moments.mean[own] - moments.mean)
        variances.append((spread * ahead).sum(dim=-1).clamp(min=0))
    return torch.cat(means), torch.cat(variances)


def _over_groups(plan: Plan, of_rule: Tensor) -> Tensor:
    """Sum over groups what each class's rules have, `(n_images, M)` to `(n_images, n_classes)`."""
    table = of_rule.T.contiguous()
    return torch.nn.functional.embedding_bag(plan.rule_of, table, mode="sum").T
