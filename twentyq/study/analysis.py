"""A whole study: every figure of the summary, from similarities alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

import twentyq
from twentyq.engine import compile_plan
from twentyq.study.controls import permuted_options, permuted_rules
from twentyq.study.curves import STOPS as STOPS_WITH_CURVES
from twentyq.study.curves import curve, sweep
from twentyq.study.group_answers import group_answers, read_answers
from twentyq.study.measures import corrected, disagreements, hits_of
from twentyq.study.modes import Played, mode_figures, play_ways
from twentyq.study.paths import Bools, Ints
from twentyq.study.rejection import play_without_halves, rejection
from twentyq.study.reliability import asked_for
from twentyq.study.splits import (
    STATIC,
    Fold,
    agreement_folds,
    halve,
    held_out,
    learned_folds,
    saving,
    swap,
)
from twentyq.study.summary import Control, Curve, Rejection, Saving, Subject, Summary
from twentyq.study.ways import (
    FULL_CALIBRATED,
    POLICIES,
    STOPS,
    Studied,
    Way,
    adaptive_way,
    adaptive_ways,
    reference_ways,
)
from twentyq.study.wording_control import Embed, random_words

CONFIDENCES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
TARGETS = (0.95, 0.99)
RANDOM_SEEDS = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a study compares; the first policy with the first stop rule is adaptive's default."""

    policies: tuple[str, ...] = POLICIES
    stops: tuple[str, ...] = STOPS
    controls: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """A summary, and what was played for it at the default settings.

    names     with the template of the system's file
    full      the reference
    own_full  full that hears what adaptive hears: calibrated if that is, otherwise the reference
    default   adaptive's default
    """

    summary: Summary
    names: Way
    full: Way
    own_full: Way
    default: Way


def analyse(studied: Studied, settings: Settings, embed: Embed | None, command: str) -> Analysis:
    """Play every way on the same similarities, and find every figure.

    `embed` embeds texts for the control by random words, None leaves it out; `command` is what
    makes the study again. Raises UsageError for a policy or stop rule that is not understood.
    """
    plan, seen = studied.plan, studied.similarities
    truth: Ints = seen.truth.numpy()
    references = reference_ways(studied)
    played = play_ways([*references, *adaptive_ways(studied, settings.policies, settings.stops)])
    full, chosen = played[0], played[len(references)]
    own_full = next((it for it in played if it.way.name == FULL_CALIBRATED), full)
    used = compile_plan(studied.system, classes=plan.classes, skip_unused=True).n_prompts
    right = hits_of(chosen.stopped.label, truth)
    answers = read_answers(own_full.way.game.reading, seen.groups)
    asked = np.arange(chosen.path.group.shape[1]) < chosen.stopped.questions[:, None]
    loses, wins = disagreements(
        seen.names, plan.labels, truth, chosen.stopped.label, own_full.stopped.label
    )
    fitted, savings = held_out(
        _folds(settings, played, seen.groups, truth),
        TARGETS,
        own_full.stopped.label,
        plan.n_prompts,
        used,
    )
    summary = Summary(
        twentyq=twentyq.__version__,
        command=command,
        subject=_subject(studied, used),
        default=chosen.way.name,
        modes=corrected(
            [
                mode_figures(it, full, own_full if it.way.calibrated else full, truth, used)
                for it in played
            ]
        ),
        curves=_curves(studied, settings, played, truth, own_full),
        fitted=fitted,
        savings=[*_savings(played, plan.n_prompts), *savings],
        asked=asked_for(CONFIDENCES, chosen.path.confidence, chosen.path.label == truth[:, None]),
        rejection=_rejection(studied, chosen, truth, right),
        groups=group_answers(
            plan, answers, truth, np.where(asked, chosen.path.group, -1), chosen.path.bits
        ),
        controls=_controls(studied, own_full, answers, embed, truth) if settings.controls else [],
        adaptive_loses=loses,
        adaptive_wins=wins,
        notes=_notes(studied),
    )
    # The file's own template stands last, and is the bare name where that is the template.
    *_, names = (it for it in references if it.mode == "names")
    return Analysis(summary, names, full.way, own_full.way, chosen.way)


def _subject(studied: Studied, used: int) -> Subject:
    plan, seen = studied.plan, studied.similarities
    return Subject(
        system=studied.system.name,
        system_source=studied.system.source or "",
        classes=len(plan.classes),
        labels=len(plan.labels),
        groups=len(plan.groups),
        prompts=plan.n_prompts,
        used_prompts=used,
        encoder=studied.encoder,
        encoder_identity=studied.encoder_identity,
        encoder_scale=studied.scale,
        pictures=len(seen.names),
        pictures_given=seen.given,
        chance=1 / len(plan.labels),
        problems=list(seen.problems),
    )


def _rejection(studied: Studied, chosen: Played, truth: Ints, right: Bools) -> Rejection | None:
    seen = studied.similarities
    without = play_without_halves(studied.system, chosen.way.game, seen.groups)
    names = [studied.plan.labels[label] for label in truth.tolist()]
    return rejection(without, names, chosen.stopped.confidence, right)


def _controls(
    studied: Studied, full: Played, answers: Tensor, embed: Embed | None, truth: Ints
) -> list[Control]:
    plan, seen, reading = studied.plan, studied.similarities, full.way.game.reading
    right = hits_of(full.stopped.label, truth)
    found = [
        permuted_rules(plan, answers, truth, right),
        permuted_options(plan, answers, truth, right),
    ]
    if embed is not None:
        found.append(random_words(studied.system, reading, seen.vectors, embed, truth, right))
    return found


def _curves(
    studied: Studied, settings: Settings, played: Sequence[Played], truth: Ints, full: Played
) -> list[Curve]:
    """Draw the curve of each policy with each stop rule that has a threshold."""
    plan = studied.plan
    stops = [stop for stop in STOPS_WITH_CURVES if stop != "agrees" or _can_agree(studied)]
    found = []
    for policy in settings.policies:
        paths = [next(it.path for it in played if it.way.policy == policy)]
        if policy == "random":
            more = [adaptive_way(studied, f"random:{seed}", "none") for seed in RANDOM_SEEDS]
            paths += [it.path for it in play_ways(more)]
        for stop in stops:
            swept = sweep(paths, stop, truth, full.stopped.label)
            found.append(curve(policy, stop, swept, plan.n_prompts, 1 / len(plan.labels)))
    return found


def _savings(played: Sequence[Played], n_prompts: int) -> list[Saving]:
    """Hold every policy against the static order with the very same stop rule."""
    adaptive = [
        (it.way.policy, it.way.stop, it.stopped.spent)
        for it in played
        if it.way.policy is not None and it.way.stop is not None
    ]
    static = {stop: spent for policy, stop, spent in adaptive if policy == STATIC}
    return [
        saving(policy, stop, spent, static[stop], n_prompts)
        for policy, stop, spent in adaptive
        if policy != STATIC and stop in static
    ]


def _folds(
    settings: Settings, played: Sequence[Played], similarities: Tensor, truth: Ints
) -> dict[tuple[str, str], Sequence[Fold]]:
    """Return both halves' paths by policy and stop rule, for each policy that is not random."""
    second = halve(truth)
    folds: dict[tuple[str, str], Sequence[Fold]] = {}
    for policy in settings.policies:
        if policy.startswith("random"):
            continue
        one = next(it for it in played if it.way.policy == policy)
        folds |= {(policy, stop): swap(one.path, second) for stop in ("confidence", "margin")}
        folds[policy, "agrees"] = agreement_folds(one.way.game, similarities, second)
        if policy == STATIC:
            folds |= learned_folds(one.way.game, similarities, truth, second)
    return folds


def _can_agree(studied: Studied) -> bool:
    return studied.calibration is not None and studied.calibration.moments is not None


def _notes(studied: Studied) -> list[str]:
    plan = studied.plan
    found = [studied.notice] if studied.notice else []
    if plan.has_prior:
        found.append("The system has a prior; full and the decision by score ignore it.")
    tied = int((torch.bincount(plan.tie_of)[plan.tie_of] > 1).sum())
    if tied:
        found.append(
            f"{tied} of {len(plan.classes)} classes have the rules of another class in every "
            "group: no answer tells them apart, and the first of them in the file is returned."
        )
    return found
