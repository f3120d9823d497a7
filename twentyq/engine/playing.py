"""The game: ask, answer, believe, and stop where that is enough, for a batch of pictures together.

Each picture follows its own path. Only the prompts of groups that somebody asked are ever needed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

import torch
from torch import Tensor

from twentyq.engine.asking_all import asks_all, play_asking_all
from twentyq.engine.compacting import play_compacting
from twentyq.engine.game import Game
from twentyq.engine.listening import Similarities
from twentyq.engine.masked import play_masked
from twentyq.engine.outcome import Outcome
from twentyq.engine.plan import Plan
from twentyq.engine.policies import GivenPolicy
from twentyq.engine.stopping import Never, Standing
from twentyq.engine.threads import threads
from twentyq.engine.trace import Detail

# Below so many entries of B · N · Q, threads wait for each other longer than they work.
SMALL = 2**25


def kept_similarities(plan: Plan, cosines: Tensor) -> Similarities:
    """Return what gives the cosines that are already there, `(n_images, n_prompts)`."""
    return lambda group, rows: cosines[:, plan.options_of(group)][rows]


def play(
    game: Game,
    similarities: Similarities,
    n_images: int,
    *,
    numbers: Tensor | None = None,
    resident: Collection[int] = (),
    detail: Detail = "none",
    watch: Callable[[Standing], None] | None = None,
) -> Outcome:
    """Play for a batch of pictures until every one has stopped.

    `numbers` are those of the pictures within the whole run, `(n_images,)`, so that a seeded policy
    does not depend on how pictures are cut into batches. `resident` are groups whose prompts are
    vectors already: a GPU reads these at once. `watch` is shown after each round how the pictures
    that asked in it stand. On a CPU small batches are played on one thread, `similarities`
    included. Raises SimilarityError on a similarity that is not finite.
    """
    unwatched = detail == "none" and watch is None
    with threads(threads_for(game.plan, n_images)):
        if unwatched and asks_all(game):
            return play_asking_all(game, similarities, n_images, numbers=numbers)
        if unwatched and game.plan.device.type != "cpu":
            return play_masked(game, similarities, n_images, numbers=numbers, resident=resident)
        return play_compacting(
            game, similarities, n_images, numbers=numbers, detail=detail, watch=watch
        )


def threads_for(plan: Plan, n_images: int) -> int:
    """Return how many threads play takes for a batch: one, or as many as torch has now."""
    small = plan.device.type == "cpu" and n_images * plan.rules.numel() < SMALL
    return 1 if small else torch.get_num_threads()


def replay(
    game: Game, groups_asked: Tensor, similarities: Similarities, *, detail: Detail = "none"
) -> Outcome:
    """Play again along the groups that were asked, `(n_images, ≤ n_groups)` padded with −1.

    Everything but the stop reason equals the first play.
    """
    given = replace(game, policy=GivenPolicy(groups_asked), stop=Never(), budget=None)
    return play(given, similarities, len(groups_asked), detail=detail)
