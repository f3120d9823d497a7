"""Thresholds fitted on one half of the pictures, and what they cost read on the other.

A threshold that was chosen on the very pictures it is judged by looks better than it is. So the
pictures are split in two, each half fits a threshold that the other half is then played with, and
every picture is read once, with a threshold that has not seen it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from twentyq.engine import learn_order
from twentyq.engine.game import Game
from twentyq.engine.policies import StaticPolicy
from twentyq.study.curves import PROBABILITIES, signal_of
from twentyq.study.dealing import deal
from twentyq.study.fitting.moments import fit_moments, walk_with
from twentyq.study.fitting.thresholds import candidates, fit_threshold
from twentyq.study.group_answers import read_answers
from twentyq.study.measures import share
from twentyq.study.paths import Bools, Floats, Ints, Path, stopping_column, walk
from twentyq.study.resampling import SEED, estimate, mean, resampled_means
from twentyq.study.summary import Fitted, Saving

STATIC = "static"
LEARNED = "static, learned"
STRICT_FIRST = PROBABILITIES[::-1]


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """Which pictures fit a threshold, and which it is read on.

    path   a policy's path for all n pictures
    tried  thresholds from strict to loose, `(T,)`, chosen without the pictures of `fit`
    fit    (n,) bool
    read   (n,) bool, none of `fit`
    """

    path: Path
    tried: Floats
    fit: Bools
    read: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """What n pictures spend at thresholds that others fitted, and whether they agree with full.

    thresholds  one for each fold; None where its pictures cannot support the target
    spent       (n,) prompts; all of full's where there is no threshold
    agrees      (n,) whether the label is full's
    """

    thresholds: tuple[float | None, ...]
    spent: Ints
    agrees: Bools


def halve(truth: Ints, seed: int = SEED) -> Bools:
    """Return which pictures are in the second half, `(n_images,)`: every second one of each label.

    Of a label with an odd number of pictures, the halves take the odd one in turns.
    """
    second: Bools = deal(truth, 2, seed) == 1
    return second


def swap(path: Path, second: Bools) -> tuple[Fold, Fold]:
    """Return both ways to use two halves, for thresholds of a probability."""
    return Fold(path, STRICT_FIRST, ~second, second), Fold(path, STRICT_FIRST, second, ~second)


def agreement_folds(game: Game, similarities: Tensor, second: Bools) -> tuple[Fold, Fold]:
    """Return both ways to use two halves for `agrees`, as in `agreement_fold`."""
    return (
        agreement_fold(game, similarities, ~second),
        agreement_fold(game, similarities, second),
    )


def agreement_fold(game: Game, similarities: Tensor, may_fit: Bools, seed: int = SEED) -> Fold:
    """Return how a threshold for `agrees` is fitted, whose z itself is learned from pictures.

    Half of the pictures that may fit give the moments of answers and the thresholds to try; the
    other half chooses among them. No label is used. Where pictures are too few for moments, no
    threshold is tried. `game` is an adaptive one that decides by score and `similarities` are
    cosines, `(n_images, n_prompts)`.
    """
    taught = may_fit & halve(np.zeros(len(may_fit), dtype=np.int64), seed)
    if np.count_nonzero(taught) < 2:
        path = walk(game, similarities, prove=False)
        return Fold(path, np.empty(0), may_fit & ~taught, ~may_fit)
    answers = read_answers(game.reading, similarities[torch.from_numpy(taught)])
    path = walk_with(game, similarities, fit_moments(game.plan, answers))
    return Fold(path, candidates(path.agreement[taught]), may_fit & ~taught, ~may_fit)


def learned_folds(
    game: Game, similarities: Tensor, truth: Ints, second: Bools
) -> dict[tuple[str, str], Sequence[Fold]]:
    """Return both ways to use two halves for a static order that the fitting half's labels taught.

    The order is `learn_order`'s, by the drop of log loss per prompt, and it is the one to beat
    where answers are weak. Labels serve the order alone, not the thresholds. A label that several
    classes share teaches as the first of them. Keys are as in `held_out`.
    """
    plan = game.plan
    everyone = torch.arange(len(plan.classes))
    first = everyone[: len(plan.labels)].scatter_reduce(
        0, plan.label_of, everyone, "amin", include_self=False
    )
    by_z, by_probability = [], []
    for may_fit in (~second, second):
        rows = torch.from_numpy(may_fit)
        true_class = first[torch.from_numpy(truth)[rows]]
        order = learn_order(plan, similarities[rows], true_class, game.reading.scale)
        fold = agreement_fold(replace(game, policy=StaticPolicy(order)), similarities, may_fit)
        by_z.append(fold)
        by_probability.append(Fold(fold.path, STRICT_FIRST, may_fit, ~may_fit))
    return {
        (LEARNED, "confidence"): by_probability,
        (LEARNED, "margin"): by_probability,
        (LEARNED, "agrees"): by_z,
    }


def hold_out(folds: Sequence[Fold], stop: str, target: float, full: Ints, n_prompts: int) -> Held:
    """Fit the threshold of a stop rule in every fold, and read it on the fold's other pictures.

    `stop` is confidence, margin or agrees. The threshold is the loosest that keeps the `target`
    share of agreement with full, whose labels are `full` `(n_images,)` and whose cost is
    `n_prompts`; where there is none, full is played. Folds together read every picture once.
    """
    spent, agrees = np.full(len(full), n_prompts), np.ones(len(full), dtype=np.bool_)
    thresholds = []
    for fold in folds:
        signal, agreeing = signal_of(fold.path, stop), fold.path.label == full[:, None]
        threshold = fit_threshold(signal[fold.fit], agreeing[fold.fit], fold.tried, target)
        thresholds.append(threshold)
        if threshold is not None:
            rows = np.flatnonzero(fold.read)
            column = stopping_column(signal[rows] >= threshold)
            spent[rows], agrees[rows] = fold.path.spent[rows, column], agreeing[rows, column]
    return Held(tuple(thresholds), spent, agrees)


def fitted(policy: str, stop: str, target: float, held: Held, used_prompts: int) -> Fitted:
    """Return the figures of thresholds that were held out; `used_prompts` are full's used ones."""
    return Fitted(
        policy=policy,
        stop=stop,
        target=target,
        thresholds=list(held.thresholds),
        agreement=share(held.agrees),
        prompts=mean(held.spent),
        share_of_used=mean(held.spent / used_prompts),
    )


def held_out(
    folds: Mapping[tuple[str, str], Sequence[Fold]],
    targets: Sequence[float],
    full: Ints,
    n_prompts: int,
    used_prompts: int,
) -> tuple[list[Fitted], list[Saving]]:
    """Return what every policy costs at every target, and what each saves against static order.

    `folds` are by policy and stop rule; policies are compared with `static` under the same stop
    rule, where it is among them. Other arguments are as in `hold_out` and `fitted`; what is saved
    is a share of `n_prompts`.
    """
    held = {
        (*key, target): hold_out(its, key[1], target, full, n_prompts)
        for key, its in folds.items()
        for target in targets
    }
    savings = [
        saving(
            policy,
            f"{stop}, fitted to agree {target:.15g}",
            mine.spent,
            held[STATIC, stop, target].spent,
            n_prompts,
        )
        for (policy, stop, target), mine in held.items()
        if policy != STATIC and (STATIC, stop) in folds
    ]
    return [fitted(*key, mine, used_prompts) for key, mine in held.items()], savings


def saving(policy: str, stop: str, adaptive: Ints, static: Ints, full: int) -> Saving:
    """Return what stopping and what adapting save of full's prompts, with paired intervals.

    `adaptive` and `static` are the prompts that the policy and a static order spend with the same
    stop rule, or at the same agreement with full, on the same pictures, `(n_images,)`; `full` is
    the prompts of full that are compared with.
    """
    both = np.stack([adaptive, static], axis=1).astype(np.float64)
    value, drawn = both.mean(axis=0), resampled_means(both)
    stopping, adapting, below_static = (
        estimate(float(at_value), of_draws)
        for at_value, of_draws in zip(_parts(value, full), _parts(drawn, full), strict=True)
    )
    return Saving(
        policy=policy, stop=stop, stopping=stopping, adapting=adapting, below_static=below_static
    )


def _parts(means: Floats, full: int) -> tuple[Floats, Floats, Floats]:
    adaptive, static = means[..., 0], means[..., 1]
    return 1 - static / full, (static - adaptive) / full, 1 - adaptive / static
