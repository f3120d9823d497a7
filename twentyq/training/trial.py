"""One trial: pictures, a system and its names, measured in every mode and paired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from torch import Tensor

from twentyq.engine import Plan, compile_plan
from twentyq.system import System
from twentyq.training.measures import Difference, Figure, Hits, difference, figure, label_hits
from twentyq.training.protocol import Intervals, Measure
from twentyq.training.similarity import Eyes

Subset: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]
PAIRS: tuple[tuple[Measure, Measure], ...] = (
    ("full", "names"),
    ("full-unbiased", "full"),
    ("full-unbiased", "names-unbiased"),
)


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """The cases' vectors on one background, `(n, d)`, and those of the set for the prompt bias."""

    images: Tensor
    pool: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What is asked of which pictures.

    truth     the label of each case
    views     the cases on each background; a case's hits are averaged over them
    names     the class-name baseline in each template; none where names are not asked
    classes   the classes to choose from; all where None
    subsets   the cases of each style, `(n,)` bool
    guess     what guessing reaches; one in the number of labels where None
    """

    part: str
    system: System
    truth: Sequence[str]
    views: Mapping[str, View]
    names: Sequence[System] = ()
    classes: Sequence[str] | None = None
    subsets: Mapping[str, Subset] = field(default_factory=dict)
    guess: float | None = None


def run_trial(
    trial: Trial, eyes: Eyes, intervals: Intervals
) -> tuple[list[Figure], list[Difference]]:
    """Return the trial's figures and paired differences: of all cases, and of each subset."""
    hits: dict[Measure, dict[str, Hits]] = {}
    notes: dict[Measure, str] = {}
    plan = compile_plan(trial.system, classes=trial.classes)
    modes: tuple[tuple[Measure, Measure, bool], ...] = (
        ("names", "full", False),
        ("names-unbiased", "full-unbiased", True),
    )
    for names_measure, full_measure, unbiased in modes:
        baselines = [
            (system.groups[0].prompt, _hits(trial, _names_plan(system, trial), eyes, unbiased))
            for system in trial.names
        ]
        if baselines:
            # The best template on these very pictures: the baseline is given every advantage.
            template, best = max(baselines, key=lambda tried: _mean(tried[1]).mean())
            hits[names_measure], notes[names_measure] = best, template
        hits[full_measure] = _hits(trial, plan, eyes, unbiased)
    chance = trial.guess if trial.guess is not None else 1 / len(set(plan.label_of.tolist()))
    everything = {"all": np.ones(len(trial.truth), bool), **trial.subsets}
    figures = []
    for measure, by_view in hits.items():
        said = {"note": notes.get(measure, ""), "chance": chance, "how": intervals}
        for subset, rows in everything.items():
            mean = _mean(by_view)[rows]
            figures.append(figure(trial.part, measure, mean, subset=subset, **said))
        if len(by_view) > 1:
            for view, one in by_view.items():
                figures.append(figure(trial.part, measure, one, subset=view, **said))
    differences = [
        difference(
            trial.part,
            f"{ours} - {theirs}",
            _mean(hits[ours])[rows],
            _mean(hits[theirs])[rows],
            intervals,
            subset=subset,
        )
        for ours, theirs in PAIRS
        if ours in hits and theirs in hits
        for subset, rows in everything.items()
    ]
    return figures, differences


def _names_plan(system: System, trial: Trial) -> Plan:
    # Names of classes that cannot be chosen are no options.
    return compile_plan(system, classes=trial.classes, skip_unused=True)


def _hits(trial: Trial, plan: Plan, eyes: Eyes, unbiased: bool) -> dict[str, Hits]:
    found = {}
    for background, view in trial.views.items():
        similarities = eyes.similarities(plan, view.images)
        if unbiased:
            similarities = similarities - eyes.similarities(plan, view.pool).mean(dim=0)
        found[background] = label_hits(plan, eyes.scores(plan, similarities), trial.truth)
    return found


def _mean(by_view: Mapping[str, Hits]) -> Hits:
    mean: Hits = np.mean(list(by_view.values()), axis=0)
    return mean
