"""The lossless stop rule: no answer still to come can change the label of full.

With S over the groups asked, c* the leader and c' any rival, the rival can gain on the leader at
most max_k (R(c', g, k) − R(c*, g, k)) in a group g that is still to be asked, because an answer is
a distribution over its options. Where the lead exceeds the sum of these bounds, full must return
the leader. Rivals whose rules equal the leader's in everything still to be asked keep their
distance exactly, so the leader, which is the first class of the largest score, stays ahead of them.
"""

from __future__ import annotations

import torch
from torch import Tensor

from twentyq.engine.answers import SCORE_STEP
from twentyq.engine.plan import Plan
from twentyq.engine.state import State

MARGIN = 1e-9
LARGEST_ARRAY = 2**24


def is_certain(plan: Plan, state: State, leader: Tensor, *, fixed_shapes: bool = False) -> Tensor:
    """Return whether the label of full is settled, `(n_images,)` bool.

    `leader` is the first class of the largest score so far, `(n_images,)`. The proof looks at every
    class; most pictures fail it by the runner-up of another label alone. With `fixed_shapes` it is
    tried for all: which pictures to leave out only the host could say.
    """
    if fixed_shapes:
        return is_proved(plan, state, leader, fixed_shapes=True)
    open_to_proof = _beats_runner_up(plan, state, leader).nonzero()[:, 0]
    certain = torch.zeros_like(leader, dtype=torch.bool)
    certain[open_to_proof] = is_proved(plan, state.rows(open_to_proof), leader[open_to_proof])
    return certain


def _beats_runner_up(plan: Plan, state: State, leader: Tensor) -> Tensor:
    """Return whether the best class of another label may be beaten for good, `(n_images,)` bool."""
    other = plan.label_of != plan.label_of[leader][:, None]
    lead, rival = (
        state.scores.gather(1, leader[:, None]) - state.scores.masked_fill(~other, -torch.inf)
    ).min(dim=1)
    gains = plan.rules[rival] - plan.rules[leader]
    group_of = plan.option_group.expand_as(gains)
    most = gains.new_zeros(state.asked.shape).scatter_reduce(1, group_of, gains, "amax")
    catch_up = (most * ~state.asked).sum(dim=1)
    # Rounding may carry this sum above the proof's own.
    return lead >= catch_up - MARGIN


def is_proved(plan: Plan, state: State, leader: Tensor, *, fixed_shapes: bool = False) -> Tensor:
    """Return whether no class can catch up with the leader any more, `(n_images,)` bool."""
    bounds = _bounds(plan, leader) if fixed_shapes else _shared_bounds(plan, leader)
    catch_up = _catch_up(plan, state, bounds)
    lead = state.scores.gather(1, leader[:, None]) - state.scores
    # Each group's contribution is rounded by at most half a step, for leader and rival alike.
    margin = MARGIN + len(plan.groups) * SCORE_STEP
    beaten = (catch_up == 0) | (lead > catch_up + margin)
    harmless = plan.label_of == plan.label_of[leader][:, None]
    return (beaten | harmless).all(dim=1)


def _catch_up(plan: Plan, state: State, bounds: Tensor) -> Tensor:
    """Return the most that each class can still gain on the leader, `(n_images, n_classes)`.

    It is exactly 0 where the rules are equal in every group still to be asked, and only there.
    """
    return plan.sum_by_class(bounds * ~state.asked[:, plan.distinct_group])


def _shared_bounds(plan: Plan, leaders: Tensor) -> Tensor:
    """Return `_bounds`, computed once for each class that leads."""
    distinct, which = torch.unique(leaders, return_inverse=True)
    return _bounds(plan, distinct)[which]


def _bounds(plan: Plan, leaders: Tensor) -> Tensor:
    """Return max_k (R(r, k) − R(leader, k)) for each distinct rule r, `(n_leaders, M)`."""
    n_rules, width = plan.distinct_rules.shape
    step = max(1, LARGEST_ARRAY // (n_rules * width))
    parts = []
    for some in torch.split(leaders, step):
        of_leader = plan.distinct_rules[plan.rule_of[some]][:, plan.distinct_group]
        parts.append((plan.distinct_rules - of_leader).amax(dim=-1))
    return torch.cat(parts)
