"""Thresholds of the stop rule `agrees` and what they save, on pictures without labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from twentyq.calibration import rounded
from twentyq.engine.calibration import Moments
from twentyq.engine.game import Game
from twentyq.study.controls import full_leader
from twentyq.study.fitting.moments import fit_moments, walk_with
from twentyq.study.fitting.parts import SEED
from twentyq.study.fitting.thresholds import TARGETS, candidates, fit_threshold
from twentyq.study.group_answers import read_answers
from twentyq.study.measures import share_of
from twentyq.study.paths import stopping_column
from twentyq.study.summary import Share


@dataclass(frozen=True, slots=True)
class Kept:
    """What stopping by `agrees` at one target does on pictures that its threshold did not see.

    `z` is the threshold of the calibration, None where its pictures cannot support the target.
    `agreement` is with full; `prompts` is the mean spent on a picture. Where a threshold is wanting
    everything is asked.
    """

    target: float
    z: float | None
    agreement: Share
    prompts: float


def fit_agreement(
    game: Game, similarities: Tensor, targets: Sequence[float] = TARGETS, seed: int = SEED
) -> tuple[Moments, list[Kept]]:
    """Fit moments to one half of the pictures and thresholds to the other, and read what they save.

    `game` has the calibration so far and decides by score. What is saved is read on the half that
    the thresholds did not see, of which they know no more than means; for this alone, the halves
    then change places, so that every picture is counted once. `similarities` are cosines,
    `(n_images, n_prompts)`, of four pictures or more.
    """
    plan, n_images = game.plan, len(similarities)
    answers = read_answers(game.reading, similarities)
    full = plan.label_of[full_leader(answers, plan.rules)]
    order = np.random.default_rng(seed).permutation(n_images)
    halves = order[: n_images // 2], order[n_images // 2 :]
    moments = [rounded(fit_moments(plan, answers[torch.from_numpy(half)])) for half in halves]
    paths = [walk_with(game, similarities, one) for one in moments]
    # The path is the same whatever the moments; only z is not.
    agrees, paid = paths[0].label == full.numpy()[:, None], paths[0].spent

    thresholds: list[dict[float, float | None]] = []
    agreeing, prompts = dict.fromkeys(targets, 0), dict.fromkeys(targets, 0)
    for first, second, path in zip(halves, halves[::-1], paths, strict=True):
        of_first = path.agreement
        tried = candidates(of_first[first])
        fitted = {t: fit_threshold(of_first[second], agrees[second], tried, t) for t in targets}
        for target, threshold in fitted.items():
            least = np.inf if threshold is None else threshold
            column = stopping_column(of_first[first] >= least)
            agreeing[target] += int(agrees[first, column].sum())
            prompts[target] += int(paid[first, column].sum())
        thresholds.append(fitted)
    supported = tuple((t, it) for t, it in thresholds[0].items() if it is not None)
    kept = [
        Kept(t, thresholds[0][t], share_of(agreeing[t], n_images), prompts[t] / n_images)
        for t in targets
    ]
    return replace(moments[0], thresholds=supported), kept
