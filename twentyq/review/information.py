"""What each group can tell of the classes, and what other groups tell of the same.

An answer here is noise-free: a class answers with one of its options, drawn by its rule, whatever
it answered to other groups. (T. M. Cover & J. A. Thomas, 2006, Elements of Information Theory,
chapter 2, for mutual information.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from twentyq.engine.gain import build_channel, information_gain
from twentyq.engine.plan import Plan
from twentyq.system import System

# Below this a group tells nothing: sums of float64 are off by less, and no answer tells so little.
NO_BITS = 1e-9


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """What one group can tell, in bits, and for how many prompts.

    `told` is the most that any one other group, `told_by`, already tells of its answer. `unknown`
    is the share of classes without a rule in it.
    """

    group: str
    prompts: int
    bits: float
    told: float
    told_by: str | None
    unknown: float

    @property
    def bits_per_prompt(self) -> float:
        """The bits of one question, for each of the prompts it costs."""
        return self.bits / self.prompts


def group_bits(plan: Plan) -> Tensor:
    """Return I(C; A_g), the mutual information of class and answer in bits, `(n_groups,)`."""
    prior = torch.exp(plan.log_prior)
    return information_gain(build_channel(plan, 0.0), prior[None])[0]


def shared_bits(plan: Plan) -> Tensor:
    """Return I(A_g; A_h) of the answers of two groups in bits, `(n_groups, n_groups)`, diagonal 0.

    Answers are independent given the class, so I(C; A_g | A_h) = I(C; A_g) - I(A_g; A_h).
    """
    prior = torch.exp(plan.log_prior)
    expected = prior @ plan.rules
    rows = []
    for group in range(len(plan.groups)):
        block = plan.options_of(group)
        joint = (plan.rules[:, block].T * prior) @ plan.rules
        apart = expected[block, None] * expected
        terms = torch.xlogy(joint, joint) - torch.xlogy(joint, apart)
        row = prior.new_zeros(len(plan.groups)).index_add_(0, plan.option_group, terms.sum(dim=0))
        rows.append(row / math.log(2))
    return torch.stack(rows).clamp(min=0).fill_diagonal_(0)


def group_figures(system: System, plan: Plan) -> tuple[GroupFigures, ...]:
    """Return the figures of every group, in the file's order."""
    bits, shared = group_bits(plan), shared_bits(plan)
    told, by = shared.max(dim=1)
    with_rule = [sum(group in rules for rules in system.rules.values()) for group in plan.groups]
    return tuple(
        GroupFigures(
            group=group,
            prompts=int(plan.sizes[g]),
            bits=float(bits[g]),
            told=float(told[g]),
            told_by=plan.groups[int(by[g])] if told[g] > NO_BITS else None,
            unknown=1 - with_rule[g] / len(plan.classes),
        )
        for g, group in enumerate(plan.groups)
    )
