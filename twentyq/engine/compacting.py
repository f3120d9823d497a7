"""Play for a CPU: pictures that stopped leave the batch, so that no work is done for them.

The host looks at every round's arrays to see who asks what and who has stopped, which costs nothing
where they lie in its own memory. For a device see `engine.masked`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch
from torch import Tensor

from twentyq.engine.decision import leading_class
from twentyq.engine.game import Game
from twentyq.engine.listening import Similarities, listen, no_answers
from twentyq.engine.outcome import Outcome, conclude
from twentyq.engine.policies import choose, fixed_values
from twentyq.engine.state import State, hear, join_states, start
from twentyq.engine.stopping import Standing
from twentyq.engine.trace import Detail, Round, record_round


def play_compacting(
    game: Game,
    similarities: Similarities,
    n_images: int,
    *,
    numbers: Tensor | None = None,
    detail: Detail = "none",
    watch: Callable[[Standing], None] | None = None,
) -> Outcome:
    """Play for a batch until every picture has stopped; see `engine.playing.play`."""
    plan = game.plan
    rows = torch.arange(n_images, device=plan.device)
    state = start(game.reading, n_images, numbers)
    fixed = fixed_values(game.policy, plan, game.channel, state.picture)
    answers = no_answers(game.reading, n_images)
    groups_asked = torch.full((n_images, len(plan.groups)), -1, device=plan.device)
    fired_by = torch.full((n_images,), -1, device=plan.device)
    ended: list[tuple[Tensor, State]] = []
    rounds: list[Round] = []
    # A record shows values as they are.
    rough = game.rough if detail == "none" else None

    for number in itertools.count():
        if not len(rows):
            break
        chosen, value = choose(
            plan,
            game.channel,
            game.policy,
            state,
            game.candidates(state),
            rough=rough,
            fixed=None if fixed is None else fixed[rows],
        )
        asking = chosen >= 0
        if not bool(asking.all()):
            ended.append((rows[~asking], state.rows(~asking)))
            rows, state = rows[asking], state.rows(asking)
            chosen, value = chosen[asking], value[asking]
            if not len(rows):
                break
        # Whoever still plays has asked in every round.
        groups_asked[rows, number] = chosen
        listen(game.reading, similarities, answers, rows, state.picture, chosen)
        before, state = state, hear(game.reading, state, chosen, answers, rows)
        leader = leading_class(plan, state, game.decide)
        standing = Standing(plan, state, leader, game.moments)
        if detail != "none":
            rounds.append(
                record_round(game.channel, before, standing, rows, chosen, value, answers, detail)
            )
        if watch is not None:
            watch(standing)
        fired = game.stop.fired(standing)
        stopped = fired.any(dim=1)
        if not bool(stopped.any()):
            continue
        fired_by[rows[stopped]] = fired[stopped].to(torch.uint8).argmax(dim=1)
        ended.append((rows[stopped], state.rows(stopped)))
        rows, state = rows[~stopped], state.rows(~stopped)

    final = _in_picture_order(ended) if ended else state
    return conclude(game, final, groups_asked, fired_by, tuple(rounds))


def _in_picture_order(parts: list[tuple[Tensor, State]]) -> State:
    order = torch.argsort(torch.cat([rows for rows, _ in parts]))
    return join_states([state for _, state in parts]).rows(order)
