"""What a calibration says of pictures that it was not fitted to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import torch
from torch import Tensor

from twentyq.engine.belief import BeliefSettings, label_mass, posterior
from twentyq.engine.calibration import Calibration, ReportedProbability
from twentyq.engine.plan import Plan
from twentyq.engine.reading import Reading, build_reading
from twentyq.engine.ties import first_largest
from twentyq.study.controls import full_leader
from twentyq.study.dealing import deal
from twentyq.study.fitting.evidence import Evidence, draw_subsets, gather, log_loss
from twentyq.study.fitting.parts import SEED, fit_parts
from twentyq.study.fitting.probability import fit_probability
from twentyq.study.group_answers import read_answers
from twentyq.study.paths import Bools, Floats

FOLDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """How n pictures fare at full under a calibration that has not seen them.

    parts     what the calibration consists of
    by_score  (n,) whether the decision by score is right
    right     (n,) whether the label of greatest probability is right
    stated    (n,) its probability: the calibrated one, or without that part the posterior
    loss      (n,) −log of the probability of the true label, in nats
    """

    parts: tuple[str, ...]
    by_score: Bools
    right: Bools
    stated: Floats
    loss: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A choice of parts, judged by cross-validation; `evidence` is each fold's by the others."""

    judged: Judged
    evidence: Evidence


def split_folds(truth: Tensor, n_folds: int = FOLDS, seed: int = SEED) -> Tensor:
    """Return the fold of each picture, `(n_images,)`; each label is spread over folds evenly."""
    return torch.from_numpy(deal(truth.numpy(), n_folds, seed))


def cross_validate(
    plan: Plan, scale: float, similarities: Tensor, truth: Tensor, parts: Collection[str]
) -> Trial:
    """Fit these parts to all folds but one, and judge them on that one, for each fold.

    `similarities` are cosines `(n_images, n_prompts)`, `truth` indexes labels.
    """
    folds = split_folds(truth)
    subsets = draw_subsets(plan, SEED)
    by_score = torch.empty(len(truth), dtype=torch.bool)
    believed = similarities.new_empty(len(subsets), len(truth), len(plan.classes))
    for fold in range(FOLDS):
        seen, unseen = folds != fold, folds == fold
        fitted = fit_parts(plan, scale, similarities[seen], truth[seen], parts)
        reading = build_reading(plan, scale, BeliefSettings(), fitted)
        by_score[unseen] = _right_by_score(reading, similarities[unseen], truth[unseen])
        evidence = gather(reading, similarities[unseen], subsets)
        believed[:, unseen] = evidence.believed
    evidence = Evidence(believed, evidence.n_informative)
    probability = torch.empty_like(believed[-1])
    for fold in range(FOLDS):
        seen, unseen = folds != fold, folds == fold
        stated = _as_posterior()
        if "probability" in parts:
            stated = fit_probability(plan, evidence.rows(seen), truth[seen])
        probability[unseen] = _at_full(plan, evidence.rows(unseen), stated)
    named = tuple(parts)
    return Trial(_judged(plan, named, by_score, probability, truth), evidence)


def judge(
    plan: Plan,
    scale: float,
    similarities: Tensor,
    truth: Tensor,
    calibration: Calibration,
    parts: Collection[str],
) -> Judged:
    """Judge a calibration on pictures that it was not fitted to."""
    reading = build_reading(plan, scale, BeliefSettings(), calibration)
    full = plan.informative[None]
    evidence = gather(reading, similarities, full)
    stated = calibration.probability or _as_posterior()
    probability = _at_full(plan, evidence, stated)
    by_score = _right_by_score(reading, similarities, truth)
    return _judged(plan, tuple(parts), by_score, probability, truth)


def _as_posterior() -> ReportedProbability:
    """Return what makes a probability of the posterior."""
    return ReportedProbability(1.0, BeliefSettings().redundancy)


def _at_full(plan: Plan, evidence: Evidence, stated: ReportedProbability) -> Tensor:
    believed, m = evidence.believed[-1], evidence.n_informative[-1]
    return posterior(plan, stated.weight * believed, m.expand(len(believed)), stated.redundancy)


def _right_by_score(reading: Reading, similarities: Tensor, truth: Tensor) -> Tensor:
    plan = reading.plan
    leader = full_leader(read_answers(reading, similarities), plan.rules)
    return plan.label_of[leader] == truth


def _judged(
    plan: Plan, parts: tuple[str, ...], by_score: Tensor, probability: Tensor, truth: Tensor
) -> Judged:
    mass = label_mass(plan, probability)
    leader = first_largest(mass)
    return Judged(
        parts=parts,
        by_score=by_score.numpy(),
        right=(plan.label_of[leader] == truth).numpy(),
        stated=mass.gather(1, leader[:, None])[:, 0].clamp(max=1).numpy(),
        loss=log_loss(plan, probability, truth).numpy(),
    )
