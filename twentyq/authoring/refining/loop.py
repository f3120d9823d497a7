"""The loop: one part of the pictures proposes changes, another accepts them, a third reports.

Coordinate ascent: proposers and their coordinates are gone through in turn, and what is kept stays,
until a whole round keeps nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from scipy.stats import norm

from twentyq.authoring.refining.outcome import Refinement, Step, compare
from twentyq.authoring.refining.pool import Pool, Standing
from twentyq.authoring.refining.proposing import Candidate, Proposer
from twentyq.authoring.refining.splitting import Part
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
    watch: Callable[[Step], None] | None = None,
) -> Refinement:
    """Refine a system until a round keeps nothing, or for so many rounds.

    `watch` is told each change that is kept. Pictures to test on are looked at once, at the end.
    Raises what the proposers do, and what `embed_prompts` does.
    """
    first = {part: pool.stand(system, part) for part in (Part.TRAIN, Part.VALIDATION)}
    train, validation = first[Part.TRAIN], first[Part.VALIDATION]
    steps: list[Step] = []
    number = 0
    while number < rounds:
        number += 1
        n_before = len(steps)
        tries = sum(len(proposer.coordinates(train.system)) for proposer in proposers)
        for proposer in proposers:
            for coordinate in proposer.coordinates(train.system):
                rivals = proposer.propose(pool, train, coordinate)
                best = _best(pool, train, rivals)
                if best is None:
                    continue
                candidate, on_train = best
                judged = pool.stand(candidate.system, Part.VALIDATION, near=validation)
                if not accepts(pool, validation, judged, tries):
                    continue
                step = Step(
                    round=number,
                    change=candidate.change,
                    rivals=len(rivals),
                    n_prompts=candidate.system.n_prompts,
                    train=compare(train, on_train),
                    validation=compare(validation, judged),
                )
                train, validation = on_train, judged
                steps.append(step)
                if watch is not None:
                    watch(step)
        if len(steps) == n_before:
            break
    return Refinement(
        before=system,
        after=train.system,
        steps=tuple(steps),
        rounds=number,
        train=compare(first[Part.TRAIN], train),
        validation=compare(first[Part.VALIDATION], validation),
        test=compare(pool.stand(system, Part.TEST), pool.stand(train.system, Part.TEST)),
    )


def accepts(pool: Pool, before: Standing, after: Standing, tries: int) -> bool:
    """Return whether pictures that proposed nothing speak for a change.

    No fewer of them are named rightly, and their log loss falls by more than chance makes it fall.
    A round asks them `tries` times, and one that keeps any useless change must be rare, so the
    margin is the standard error times the quantile of 1 − `CHANCE` / `tries` (Bonferroni). The
    error is that of sums over labels: pictures of a label move together.
    """
    if after.n_right < before.n_right:
        return False
    drop = before.loss - after.loss
    truth = pool.truth[pool.rows(before.part)]
    by_label = torch.zeros(len(pool.plan.labels), dtype=drop.dtype)
    by_label.index_add_(0, truth, drop - drop.mean())
    error = float(by_label.square().sum().sqrt()) / len(drop)
    margin: float = norm.isf(CHANCE / tries)
    return float(drop.mean()) > margin * error and not math.isclose(error, 0)


def _best(
    pool: Pool, now: Standing, rivals: Sequence[Candidate]
) -> tuple[Candidate, Standing] | None:
    """Return the rival of least log loss on the pictures to train on, if it is better than `now`.

    Better is: no fewer of them named rightly, and a lower loss.
    """
    pool.embed([rival.system for rival in rivals])
    standings = [pool.stand(rival.system, Part.TRAIN, near=now) for rival in rivals]
    better = [
        (candidate, standing)
        for candidate, standing in zip(rivals, standings, strict=True)
        if standing.n_right >= now.n_right and standing.log_loss < now.log_loss
    ]
    return min(better, key=lambda found: found[1].log_loss, default=None)
