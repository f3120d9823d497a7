"""A calibration from beginning to end: parts chosen, fitted, and checked on what is left."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from twentyq.calibration import rounded
from twentyq.engine.calibration import Calibration
from twentyq.engine.plan import Plan
from twentyq.engine.policies import Policy
from twentyq.study.dealing import shuffled_by_label
from twentyq.study.fitting.choice import Choice, choose, fit_choice
from twentyq.study.fitting.parts import LABELLED, PARTS, SEED, fit_parts
from twentyq.study.fitting.prototypes import nearest_prototype
from twentyq.study.fitting.stopping import Stopping, fit_stopping
from twentyq.study.fitting.validation import FOLDS, Judged, judge, split_folds
from twentyq.study.measures import share
from twentyq.study.paths import Bools
from twentyq.study.summary import Share


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Labelled pictures to calibrate on.

    similarities  (n, Q) cosines with the plan's prompts
    truth         (n,) labels, indices into the plan's
    vectors       (n, d) unit vectors
    """

    similarities: Tensor
    truth: Tensor
    vectors: Tensor

    def rows(self, index: Tensor) -> Labelled:
        """Return some of the pictures."""
        return Labelled(self.similarities[index], self.truth[index], self.vectors[index])


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What labels brought: the choice in cross-validation, and the check on pictures left over.

    `prototypes` is how often the nearest class mean of the same pictures is right. `left_over`
    judges play without any part and as calibrated; it is empty where all pictures were learned
    from.
    """

    choice: Choice
    prototypes: Share
    left_over: tuple[Judged, ...]
    left_over_prototypes: Share | None


@dataclass(frozen=True, slots=True, eq=False)
class Calibrated:
    """A calibration, its parts, and what each part brought on pictures that it did not see."""

    calibration: Calibration
    parts: tuple[str, ...]
    learned: Learned | None
    stopping: Stopping | None
    notes: tuple[str, ...]


def calibrate_unlabelled(
    plan: Plan, scale: float, similarities: Tensor, parts: Collection[str], policy: Policy
) -> Calibrated:
    """Calibrate on pictures without labels, by their cosines `(n_images, n_prompts)`."""
    chosen = tuple(part for part in parts if part == "bias")
    calibration = rounded(fit_parts(plan, scale, similarities, None, chosen))
    stopping = fit_stopping(plan, scale, policy, calibration, similarities, parts)
    return Calibrated(
        stopping.calibration, _ordered(chosen, stopping), None, stopping, stopping.notes
    )


def calibrate_labelled(
    plan: Plan,
    scale: float,
    pictures: Labelled,
    parts: Collection[str],
    policy: Policy,
    shots: int | None = None,
) -> Calibrated:
    """Calibrate on labelled pictures, at most `shots` of each label, each part where it helps.

    The other pictures check what was learned, and are the pool of `agrees`, which must not have
    been learned from.
    """
    taught, rest = _taught_and_rest(pictures, shots)
    choice = choose(plan, scale, taught.similarities, taught.truth, parts)
    calibration = rounded(fit_choice(plan, scale, taught.similarities, taught.truth, choice))
    notes = _left_out(choice, parts)
    stopping = None
    if {"noise", "agrees"} & set(parts):
        learned_from = set(choice.parts) & set(LABELLED)
        pool = rest if learned_from else pictures
        stopping = fit_stopping(plan, scale, policy, calibration, pool.similarities, parts)
        calibration, notes = stopping.calibration, (*notes, *stopping.notes)
    chosen = _ordered(choice.parts, stopping)
    spare = len(rest.truth) > 0
    learned = Learned(
        choice=choice,
        prototypes=share(_prototypes(plan, taught)),
        left_over=(
            judge(plan, scale, rest.similarities, rest.truth, Calibration(), ()),
            judge(plan, scale, rest.similarities, rest.truth, calibration, choice.parts),
        )
        if spare
        else (),
        left_over_prototypes=share(_nearest(plan, taught, rest)) if spare else None,
    )
    return Calibrated(calibration, chosen, learned, stopping, notes)


def _taught_and_rest(pictures: Labelled, shots: int | None) -> tuple[Labelled, Labelled]:
    """Return the pictures to learn from, at most `shots` of each label, and the rest."""
    truth = pictures.truth.numpy()
    by_label = shuffled_by_label(truth, SEED)
    _, first, which = np.unique(truth[by_label], return_index=True, return_inverse=True)
    place = np.empty_like(by_label)
    place[by_label] = np.arange(len(truth)) - first[which]
    taught = torch.from_numpy(place < (len(truth) if shots is None else shots))
    return pictures.rows(taught), pictures.rows(~taught)


def _ordered(chosen: Collection[str], stopping: Stopping | None) -> tuple[str, ...]:
    with_stopping = (*chosen, *(() if stopping is None else stopping.parts))
    return tuple(part for part in PARTS if part in with_stopping)


def _left_out(choice: Choice, parts: Collection[str]) -> tuple[str, ...]:
    """Say of each part that was not chosen why."""
    tried = {part for trial in choice.trials for part in trial.judged.parts}
    candidates = [part for part in parts if part not in (*choice.parts, "noise", "agrees")]
    return tuple(
        f"{part} is left out: "
        + (
            "it does not lower the log loss of pictures it did not see by more than chance may, "
            "or another way lowers it more"
            if part in tried
            else "it needs a label with two pictures"
        )
        for part in candidates
    )


def _prototypes(plan: Plan, pictures: Labelled) -> Bools:
    """Return whether the nearest class mean is right, cross-validated, `(n_images,)`."""
    folds = split_folds(pictures.truth)
    right = np.empty(len(folds), dtype=np.bool_)
    for fold in range(FOLDS):
        unseen = folds == fold
        if unseen.any():
            right[unseen.numpy()] = _nearest(plan, pictures.rows(~unseen), pictures.rows(unseen))
    return right


def _nearest(plan: Plan, taught: Labelled, seen: Labelled) -> Bools:
    label = nearest_prototype(taught.vectors, taught.truth, seen.vectors, len(plan.labels))
    right: Bools = (label == seen.truth).numpy()
    return right
