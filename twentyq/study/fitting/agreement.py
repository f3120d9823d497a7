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
from twentyq.study.fitting.moments import fit_moments
from twentyq.study.fitting.parts import SEED
from twentyq.study.fitting.thresholds import (
    TARGETS,
    candidates,
    fit_threshold,
    stopping_column,
)
from twentyq.study.group_answers import read_answers
from twentyq.study.measures import share_of
from twentyq.study.paths import walk
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
    the thresholds did not see; for it alone, the halves then change places, so that every picture
    is counted once. `similarities` are cosines, `(n_images, n_prompts)`, of four pictures or more.
    """
    plan, n_images = game.plan, len(similarities)
    answers = read_answers(game.reading, similarities)
    full = plan.label_of[full_leader(answers, plan.rules)].numpy()
    order = np.random.default_rng(seed).permutation(n_images)
    halves = order[: n_images // 2], order[n_images // 2 :]
    found: list[Moments] = []
    agreeing = dict.fromkeys(targets, 0)
    spent = dict.fromkeys(targets, 0)
    for first, second in (halves, halves[::-1]):
        moments = rounded(fit_moments(plan, answers[torch.from_numpy(first)]))
        path = walk(
            replace(game, calibration=replace(game.calibration, moments=moments)), similarities
        )
        agrees, z = path.label == full[:, None], path.agreement
        tried = candidates(z[first])
        fitted = {t: fit_threshold(z[second], agrees[second], tried, t) for t in targets}
        supported = tuple(
            (t, threshold) for t, threshold in fitted.items() if threshold is not None
        )
        found.append(replace(moments, thresholds=supported))
        for target, threshold in fitted.items():
            strict = np.inf if threshold is None else threshold
            column = stopping_column(z[first], strict)
            agreeing[target] += int(agrees[first, column].sum())
            spent[target] += int(path.spent[first, column].sum())
    thresholds = dict(found[0].thresholds)
    kept = [
        Kept(t, thresholds.get(t), share_of(agreeing[t], n_images), spent[t] / n_images)
        for t in targets
    ]
    return found[0], kept
