"""A world small enough to be known whole: every position that play can reach, with its chance.

A picture of class c answers group g with one option, drawn from the channel
C_g(k | c) = (1 − η) R(c, g, k) + η / K_g. The observer knows the channel and does exact Bayes, so a
position is nothing but what each group answered, if it was asked. There are Π (K_g + 1) of them:
few enough, in small systems, to hold all as arrays and to compute expectations without drawing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from twentyq.engine.gain import build_channel
from twentyq.engine.plan import Plan
from twentyq.engine.state import State
from twentyq.errors import UsageError

MOST_POSITIONS = 2**20


@dataclass(frozen=True, slots=True, eq=False)
class Positions:
    """Every position of a plan's game under one channel; S positions, the last has nothing asked.

    Positions are the cells of a grid with one axis per group, in row-major order. Along the axis of
    group g the first K_g cells are its answers, and the last cell says that it was not asked.

    shape   length of each axis, K_g + 1
    answer  (S, G) the option that each group answered; K_g where it was not asked
    chance  (S,) probability of these answers, were these groups asked
    state   the position as the engine's state, its posterior by exact Bayes
    """

    plan: Plan
    shape: tuple[int, ...]
    answer: Tensor
    chance: Tensor
    state: State

    def after(self, group: int, value: Tensor) -> Tensor:
        """Return the sum of `value` over the positions that a group's answers lead to, `(S,)`.

        `value` is weighted by chance already, `(S,)`. Where the group was asked before, the result
        means nothing.
        """
        grid = value.reshape(self.shape)
        total = grid.narrow(group, 0, self.shape[group] - 1).sum(dim=group, keepdim=True)
        return total.expand(self.shape).reshape(-1)


def enumerate_positions(plan: Plan, noise: float) -> Positions:
    """Return every position of a plan under the channel with noise η.

    Raises UsageError where `noise` is not between 0 and 1, and for more than `MOST_POSITIONS`.
    """
    shape = tuple(len(options) + 1 for options in plan.options)
    if math.prod(shape) > MOST_POSITIONS:
        raise UsageError(
            "the system is too large to play through every game",
            where="system",
            got=f"{math.prod(shape)} positions",
            allowed=f"at most {MOST_POSITIONS}, the product of each group's options plus one",
            mend="leave out groups, or options that no class uses",
        )
    probability = build_channel(plan, noise).probability
    prior = torch.exp(plan.log_prior)
    likelihood = torch.ones_like(prior)[None]
    for group in range(len(plan.groups)):
        answers = probability[:, plan.options_of(group)].T
        silence = torch.ones_like(answers[:1])
        likelihood = (likelihood[:, None] * torch.cat([answers, silence])).flatten(0, 1)
    joint = likelihood * prior
    chance = joint.sum(dim=1)
    axes = [torch.arange(length, device=plan.device) for length in shape]
    answer = torch.cartesian_prod(*axes).reshape(len(joint), len(shape))
    asked = answer < plan.sizes
    # Without noise some answers cannot happen together; what is believed there does not matter.
    posterior = torch.where(chance[:, None] > 0, joint / chance[:, None], prior)
    state = State(
        picture=torch.arange(len(joint), device=plan.device),
        asked=asked,
        scores=torch.zeros_like(joint),
        evidence=torch.log(likelihood),
        posterior=posterior,
        prompts_spent=(asked * plan.sizes).sum(dim=1),
    )
    return Positions(plan, shape, answer, chance, state)
