"""Play for a GPU: all pictures of a batch in arrays of one shape, from the first round to the last.

A picture that has stopped is masked: it keeps its state while the others go on. No shape then
depends on what arrays hold, and the host can queue round after round without waiting for any.

What that costs: every round computes for all pictures, until the last of them has stopped. And the
host learns late that nobody plays any more, from a flag that the device writes into its memory:
rounds that it has queued by then change nothing, but are computed; there are never more rounds than
groups that may be asked.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from twentyq.engine.decision import leading_class
from twentyq.engine.game import Game
from twentyq.engine.listening import Answers, Similarities, no_answers, read_group, require_finite
from twentyq.engine.outcome import Outcome, conclude
from twentyq.engine.policies import choose, fixed_values
from twentyq.engine.reading import Reading
from twentyq.engine.state import State, hear, start
from twentyq.engine.stopping import Standing


@dataclass(frozen=True, slots=True, eq=False)
class Masked:
    """How B pictures stand between two rounds.

    state         the pictures' state; of those that stopped, as it was then
    playing       (B,) bool, who may still ask
    groups_asked  (B, G + 1) in the order of asking, padded with −1; the last column means nothing
    fired_by      (B,) the place of the stop rule that fired among its reasons, or −1
    unheard       (B,) where an answer was not finite: round · G + group; else −1
    """

    state: State
    playing: Tensor
    groups_asked: Tensor
    fired_by: Tensor
    unheard: Tensor


class Flag:
    """Whether anybody still plays, as far as the host has heard.

    It turns from True to False once and never back, so that it can be read at any moment: what it
    says late costs a round, and nothing else.
    """

    def __init__(self, device: torch.device) -> None:
        # Only a copy into pinned memory leaves the host free to go on.
        self._arrived = torch.ones(1, dtype=torch.bool, pin_memory=device.type == "cuda")
        self._memory = self._arrived.numpy()

    def send(self, playing: Tensor) -> None:
        """Have the device write whether anybody of `(n_images,)` plays, when it gets there."""
        self._arrived.copy_(playing.any(dim=0, keepdim=True), non_blocking=True)

    @property
    def up(self) -> bool:
        """What has arrived; nobody is waited for."""
        return bool(self._memory[0])


def play_masked(
    game: Game,
    similarities: Similarities,
    n_images: int,
    *,
    numbers: Tensor | None = None,
    resident: Collection[int] = (),
) -> Outcome:
    """Play for a batch until every picture has stopped; see `engine.playing.play`.

    Groups that are `resident` are read for all pictures before the first round. While others may
    still be asked, the host waits for the device once a round, for one small array: which groups
    the pictures chose. What is new among them is read for all pictures at once. When nothing is
    missing any more, nobody waits until the end. A similarity that is not finite ends the game of
    the picture that asked for it, and is raised at the end.
    """
    plan = game.plan
    reading = replace(game.reading, fixed_shapes=True)
    now = begin(game, reading, n_images, numbers)
    fixed = fixed_values(game.policy, plan, game.channel, now.state.picture)
    answers = no_answers(reading, n_images)
    everyone = torch.arange(n_images, device=plan.device)
    flag = Flag(plan.device)

    def read(groups: Collection[int]) -> None:
        for group in groups:
            read_group(reading, answers, group, similarities(group, everyone))

    missing = set(game.askable).difference(resident)
    read([group for group in game.askable if group not in missing])
    for number in range(len(game.askable)):
        chosen = choose_masked(game, now, fixed)
        if missing:
            called = groups_called(game, chosen).tolist()
            if not any(called):
                break
            new = [group for group in sorted(missing) if called[group]]
            read(new)
            missing.difference_update(new)
        elif not flag.up:
            break
        now = after_round(game, reading, answers, now, chosen, number)
        flag.send(now.playing)

    _raise_first_unheard(game, similarities, now)
    return conclude(game, now.state, now.groups_asked[:, :-1], now.fired_by)


def begin(game: Game, reading: Reading, n_images: int, numbers: Tensor | None = None) -> Masked:
    """Return how pictures stand before the first round."""
    plan = game.plan
    nothing = torch.full((n_images,), -1, device=plan.device)
    return Masked(
        state=start(reading, n_images, numbers),
        playing=torch.ones(n_images, dtype=torch.bool, device=plan.device),
        groups_asked=torch.full((n_images, len(plan.groups) + 1), -1, device=plan.device),
        fired_by=nothing,
        unheard=nothing,
    )


def choose_masked(game: Game, now: Masked, fixed: Tensor | None) -> Tensor:
    """Return the group each picture asks next, `(n_images,)`; −1 for none."""
    free = game.candidates(now.state) & now.playing[:, None]
    # Planning in single precision would have the host look up what it left unclear.
    chosen, _ = choose(game.plan, game.channel, game.policy, now.state, free, fixed=fixed)
    return chosen


def groups_called(game: Game, chosen: Tensor) -> Tensor:
    """Return which groups somebody chose, `(n_groups,)` bool."""
    groups = torch.arange(len(game.plan.groups), device=chosen.device)
    return (chosen[:, None] == groups).any(dim=0)


def after_round(
    game: Game, reading: Reading, answers: Answers, now: Masked, chosen: Tensor, number: int
) -> Masked:
    """Return how pictures stand after they asked their chosen groups `(n_images,)`.

    `number` counts the rounds from 0. All groups that were chosen must have been read.
    """
    plan, n_groups = game.plan, len(game.plan.groups)
    asks = chosen >= 0
    group = chosen.clamp(min=0)
    hears = asks & answers.given.gather(1, group[:, None])[:, 0]
    state = _where(hears, hear(reading, now.state, group, answers), now.state)
    leader = leading_class(plan, state, game.decide)
    standing = Standing(plan, state, leader, game.moments, fixed_shapes=True)
    fired = game.stop.fired(standing) & hears[:, None]
    stops = fired.any(dim=1)
    place = torch.where(hears, number, n_groups)[:, None]
    return Masked(
        state=state,
        playing=hears & ~stops,
        groups_asked=now.groups_asked.scatter(1, place, chosen[:, None]),
        fired_by=torch.where(stops, fired.to(torch.uint8).argmax(dim=1), now.fired_by),
        unheard=torch.where(asks & ~hears, number * n_groups + group, now.unheard),
    )


def _where(mask: Tensor, new: State, old: State) -> State:
    """Return the new state of the pictures in the mask `(n_images,)`, the old of the others."""
    kept = old.arrays()
    return State(
        **{
            name: torch.where(mask.view(-1, *[1] * (array.ndim - 1)), array, kept[name])
            for name, array in new.arrays().items()
        }
    )


def _raise_first_unheard(game: Game, similarities: Similarities, now: Masked) -> None:
    """Raise SimilarityError for the first answer that was not finite, as it was asked for."""
    unheard = now.unheard.tolist()
    first = min((at for at in unheard if at >= 0), default=None)
    if first is None:
        return
    row = torch.tensor([unheard.index(first)], device=game.plan.device)
    group = first % len(game.plan.groups)
    cosines = similarities(group, row)
    require_finite(game.plan, group, cosines, now.state.picture[row])
