"""The loop: one part of the pictures proposes changes, another accepts them, a third reports.

Coordinate ascent: proposers and their coordinates are gone through in turn, and what is kept stays,
until a whole round keeps nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.stats import t as student

from twentyq.authoring.refining.outcome import Refinement, Step, compare
from twentyq.authoring.refining.pool import Pool, Standing
from twentyq.authoring.refining.proposing import Candidate, Change, Proposer
from twentyq.authoring.refining.rules import RuleProposer
from twentyq.authoring.refining.splitting import Part, SplitBy
from twentyq.engine.threads import threads
from twentyq.system import System

ROUNDS = 10
CHANCE = 0.05
"""That a round keeps any change which changes nothing."""


def refine(
    pool: Pool,
    system: System,
    proposers: Sequence[Proposer],
    *,
    rounds: int = ROUNDS,
    refit: RuleProposer | None = None,
    watch: Callable[[Step], None] | None = None,
) -> Refinement:
    """Refine a system until a round keeps nothing, or for so many rounds.

    Where rules were kept, `refit` learns them once more, from train and validation together.
    `watch` is told each change that is kept. Pictures to test on are looked at once, at the end.
    Raises what the proposers do, and what `embed_prompts` does.
    """
    for_prompts = torch.get_num_threads()
    # Arrays of one group gain nothing from threads, and lose where cores are shared.
    with threads(1):
        first = {part: pool.stand(system, part) for part in (Part.TRAIN, Part.VALIDATION)}
        now = _Now(first[Part.TRAIN], first[Part.VALIDATION])
        steps: list[Step] = []
        number, kept = 0, True
        while kept and number < rounds:
            number, kept = number + 1, False
            tries = sum(len(proposer.coordinates(now.train.system)) for proposer in proposers)
            for proposer in proposers:
                for coordinate in proposer.coordinates(now.train.system):
                    rivals = proposer.propose(pool, now.train, coordinate)
                    with threads(for_prompts):
                        pool.embed([rival.system for rival in rivals])
                    better = _better(pool, now, rivals, tries)
                    if better is None:
                        continue
                    change, after = better
                    steps.append(_step(number, len(rivals), change, now, after))
                    now, kept = after, True
                    if watch is not None:
                        watch(steps[-1])
        refined, last = now.train.system, None
        if refit is not None and any(step.change.move == refit.name for step in steps):
            for candidate in refit.refit(pool, refined):
                refined, last = candidate.system, candidate.change
        return Refinement(
            before=system,
            after=refined,
            steps=tuple(steps),
            last=last,
            rounds=number,
            train=compare(first[Part.TRAIN], now.train),
            validation=compare(first[Part.VALIDATION], now.validation),
            test=compare(pool.stand(system, Part.TEST), pool.stand(refined, Part.TEST)),
        )


def accepts(pool: Pool, before: Standing, after: Standing, tries: int) -> bool:
    """Return whether pictures that proposed nothing speak for a change.

    No fewer of them are named rightly, and their log loss falls by more than chance makes it fall.
    A round asks them `tries` times, and one that keeps any useless change must be rare: the fall is
    held against its standard error by Student's t at `CHANCE` / `tries` (Bonferroni). What was
    dealt to the parts as a whole, picture or label, counts as one observation.
    """
    if after.n_right < before.n_right:
        return False
    drop = (before.loss - after.loss).numpy()
    which = np.arange(len(drop))
    if pool.by is SplitBy.CLASS:
        which = np.unique(pool.truth[pool.rows(before.part)], return_inverse=True)[1]
    n = int(which.max()) + 1
    if n < 2:
        return False
    sums = np.bincount(which, weights=drop - drop.mean())
    error = math.sqrt(n / (n - 1) * np.square(sums).sum()) / len(drop)
    return bool(drop.mean() > error * student.isf(CHANCE / tries, n - 1))


@dataclass(frozen=True, slots=True, eq=False)
class _Now:
    """How one system fares on the parts that choose."""

    train: Standing
    validation: Standing


def _better(
    pool: Pool, now: _Now, rivals: Sequence[Candidate], tries: int
) -> tuple[Change, _Now] | None:
    """Return the rival of least log loss on the pictures to train on, where validation accepts it.

    It must be better than `now` on the former too: no fewer named rightly, and a lower loss.
    """
    standings = [pool.stand(rival.system, Part.TRAIN, near=now.train) for rival in rivals]
    fit = [
        (standing.log_loss, place)
        for place, standing in enumerate(standings)
        if standing.n_right >= now.train.n_right and standing.log_loss < now.train.log_loss
    ]
    if not fit:
        return None
    _, place = min(fit)
    best = rivals[place]
    judged = pool.stand(best.system, Part.VALIDATION, near=now.validation)
    if not accepts(pool, now.validation, judged, tries):
        return None
    return best.change, _Now(standings[place], judged)


def _step(number: int, n_rivals: int, change: Change, now: _Now, after: _Now) -> Step:
    return Step(
        round=number,
        change=change,
        rivals=n_rivals,
        n_prompts=after.train.system.n_prompts,
        train=compare(now.train, after.train),
        validation=compare(now.validation, after.validation),
    )
