"""Play where every picture is asked everything, as full does: no rounds, for nothing is decided.

Sums of contributions are exact in any order, so that the outcome is that of asking group by group,
to the last bit.
"""

from __future__ import annotations

import torch
from torch import Tensor

from twentyq.engine.game import Game
from twentyq.engine.listening import Similarities, no_answers, read_group, require_finite
from twentyq.engine.outcome import Outcome, conclude
from twentyq.engine.policies import FileOrderPolicy
from twentyq.engine.state import hear_all, start
from twentyq.engine.stopping import Never


def asks_all(game: Game) -> bool:
    """Tell whether a game is full's: every group in file order, whatever is answered."""
    in_order = isinstance(game.policy, FileOrderPolicy) and isinstance(game.stop, Never)
    return game.ask_all and in_order and game.budget is None


def play_asking_all(
    game: Game, similarities: Similarities, n_images: int, *, numbers: Tensor | None = None
) -> Outcome:
    """Play full for a batch; see `engine.playing.play`."""
    plan = game.plan
    everyone = torch.arange(n_images, device=plan.device)
    state = start(game.reading, n_images, numbers)
    answers = no_answers(game.reading, n_images)
    for group in range(len(plan.groups)):
        read_group(game.reading, answers, group, similarities(group, everyone))
    # One look at the end, and on a device one wait, in place of one for each group.
    if not bool(answers.given.all()):
        group, row = (~answers.given).T.nonzero()[0].tolist()
        first = everyone[row : row + 1]
        require_finite(plan, group, similarities(group, first), state.picture[first])
    return conclude(
        game,
        hear_all(game.reading, state, answers),
        torch.arange(len(plan.groups), device=plan.device).repeat(n_images, 1),
        fired_by=torch.full((n_images,), -1, device=plan.device),
    )
