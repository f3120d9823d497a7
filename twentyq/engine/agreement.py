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

from twentyq.engine.answers import SCORE_STEP
from twentyq.engine.calibration import Moments
from twentyq.engine.plan import Plan
from twentyq.engine.state import State

# Differences of sums keep some rounding where they should be 0.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class RuleMoments:
    """The moments of answers, seen through the rules.

    mean        (N, G) R(c, g) · μ_g, what a group is expected to add to a class's score
    variance    (N, G) R(c, g)ᵀ Σ_g R(c, g)
    spread      (N, Q) R(c, g)ᵀ Σ_g, all groups side by side
    largest     (G,) the largest variance of an option, by which rounding is judged
    thresholds  as in `Moments`
    """

    mean: Tensor
    variance: Tensor
    spread: Tensor
    largest: Tensor
    thresholds: dict[float, float]


def rule_moments(plan: Plan, moments: Moments) -> RuleMoments:
    """Compile the moments of answers for a plan."""
    columns = [plan.options_of(group) for group in range(len(plan.groups))]
    covariances = [moments.covariance[at, : at.stop - at.start] for at in columns]
    blocks = zip(columns, covariances, strict=True)
    spread = torch.cat([plan.rules[:, at] @ covariance for at, covariance in blocks], dim=1)

    def by_group(values: Tensor) -> Tensor:
        sums = values.new_zeros(len(plan.classes), len(plan.groups))
        return sums.index_add_(1, plan.option_group, values)

    return RuleMoments(
        mean=by_group(plan.rules * moments.mean),
        variance=by_group(plan.rules * spread),
        spread=spread,
        largest=torch.stack([covariance.diagonal().amax() for covariance in covariances]),
        thresholds=dict(moments.thresholds),
    )


def agreement_z(plan: Plan, moments: RuleMoments, state: State, leader: Tensor) -> Tensor:
    """Return the least lead over a rival, in standard deviations of what is to come, `(n_images,)`.

    z = min over c' of [S(c*) − S(c') + Σ_g d_g · μ_g] / sqrt(Σ_g d_gᵀ Σ_g d_g), over the groups g
    still to be asked, with d_g = R(c*, g) − R(c', g), c* being `leader` `(n_images,)` and c' any
    class with another label. Without variance a rival is beaten (+∞) if the lead is positive, or
    zero with c* first in the file, and else ahead (−∞).
    """
    still_open = (~state.asked & plan.informative).to(torch.float64)
    expected = state.scores + still_open @ moments.mean.T
    lead = expected.gather(1, leader[:, None]) - expected
    each = still_open @ moments.variance.T
    shared = (moments.spread[leader] * still_open[:, plan.option_group]) @ plan.rules.T
    variance = each.gather(1, leader[:, None]) + each - 2 * shared

    later = torch.arange(len(plan.classes), device=plan.device) > leader[:, None]
    # Scores differ by whole steps, or not at all.
    level = lead.abs() < SCORE_STEP / 2
    beaten = torch.where(level, later, lead > 0)
    settled = variance <= ROUNDING * (still_open @ moments.largest)[:, None]
    z = lead / variance.where(~settled, 1.0).sqrt()
    z = torch.where(settled, torch.where(beaten, torch.inf, -torch.inf), z)
    harmless = plan.label_of == plan.label_of[leader][:, None]
    return z.masked_fill(harmless, torch.inf).amin(dim=1)
