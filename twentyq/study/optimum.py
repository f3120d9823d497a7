"""How many prompts play must expect to spend: with a policy, and with the best there can be.

A way to ask is an array of chances: in each position, how likely each group is asked next; all zero
where play has ended. A position never comes back, and every question goes one level deeper, so as
many sweeps over all positions as there are groups give every expectation exactly, and dynamic
programming gives the least (R. Bellman, 1957, Dynamic Programming).
"""

from __future__ import annotations

import torch
from torch import Tensor

from twentyq.engine.decision import leading_class
from twentyq.engine.gain import build_channel
from twentyq.engine.policies import Policy, choose
from twentyq.engine.stopping import Standing, StopRule
from twentyq.study.simulator import Positions

# A policy may hold a posterior for every option of every position.
ROWS = 2**13


def open_groups(positions: Positions, stop: StopRule) -> Tensor:
    """Return the groups that may be asked next, `(S, G)` bool; none where play has ended.

    As in the engine's game, stop rules are heard from the first answer on, the decision is by
    posterior, and groups that cannot tell classes apart are not asked.
    """
    plan, state = positions.plan, positions.state
    standing = Standing(plan, state, leading_class(plan, state, "posterior"))
    ended = stop.fired(standing).any(dim=1) & state.asked.any(dim=1)
    return ~state.asked & plan.informative & ~ended[:, None]


def asked_by(positions: Positions, policy: Policy, free: Tensor, noise: float) -> Tensor:
    """Return the way to ask of an engine's policy that plans with this noise, `(S, G)`.

    `free` holds the groups that may be asked, `(S, G)` bool.
    """
    channel = build_channel(positions.plan, noise)
    asking = torch.zeros(free.shape, dtype=torch.float64, device=free.device)
    played_on = free.any(dim=1).nonzero()[:, 0]
    # Without a row there is nothing to split, and some policies cannot value nothing.
    for rows in torch.split(played_on, ROWS) if len(played_on) else ():
        state = positions.state.rows(rows)
        chosen, _ = choose(positions.plan, channel, policy, state, free[rows])
        asking[rows, chosen] = 1
    return asking


def asked_at_random(free: Tensor) -> Tensor:
    """Return the way to ask of a random order, each free group as likely as any other, `(S, G)`."""
    return free / free.sum(dim=1, keepdim=True).clamp(min=1)


def asked_at_best(positions: Positions, free: Tensor) -> Tensor:
    """Return the way to ask that spends the fewest prompts on average, `(S, G)`.

    Ties go to the group that stands first in the file.
    """
    value = torch.zeros_like(positions.chance)
    best = torch.zeros_like(positions.state.prompts_spent)
    for _ in positions.plan.groups:
        to_come = _to_come(positions, value).masked_fill(~free, torch.inf)
        least, best = to_come.min(dim=1)
        value = torch.where(free.any(dim=1), least, 0.0)
    return torch.nn.functional.one_hot(best, free.shape[1]) * free.to(torch.float64)


def expected_prompts(positions: Positions, asking: Tensor) -> float:
    """Return the mean number of prompts that a way to ask spends on a picture."""
    value = torch.zeros_like(positions.chance)
    for _ in positions.plan.groups:
        value = (asking * _to_come(positions, value)).sum(dim=1)
    return float(value[-1])


def expected_accuracy(positions: Positions, asking: Tensor, label: Tensor) -> float:
    """Return how often the label held at the end of play is right.

    `label` is what would be returned in each position, `(S,)`. It need not come from the same
    rules as `positions`, as long as groups, options and labels are the same: an observer may
    believe in rules that are not those of the world.
    """
    plan = positions.plan
    member = plan.label_of == label[:, None]
    right = positions.chance * (positions.state.posterior * member).sum(dim=1)
    at_end = torch.where(asking.any(dim=1), 0.0, right)
    value = at_end
    for _ in plan.groups:
        value = at_end + (asking * _deeper(positions, value)).sum(dim=1)
    return float(value[-1])


def believed_label(positions: Positions) -> Tensor:
    """Return the label of largest posterior in each position, `(S,)`."""
    plan = positions.plan
    return plan.label_of[leading_class(plan, positions.state, "posterior")]


def _to_come(positions: Positions, value: Tensor) -> Tensor:
    """Return the prompts to come by the group asked next, weighted by chance, `(S, G)`."""
    return positions.chance[:, None] * positions.plan.sizes + _deeper(positions, value)


def _deeper(positions: Positions, value: Tensor) -> Tensor:
    """Return the value one question deeper, by the group asked, `(S, G)`."""
    groups = range(len(positions.plan.groups))
    return torch.stack([positions.after(group, value) for group in groups], dim=1)
