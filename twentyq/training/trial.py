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
    """The cases on one background.

    images  unit vectors of the cases, `(n, d)`
    mean    the mean vector of the whole set, `(d,)`; a prompt's similarity to it is its bias
    """

    images: Tensor
    mean: Tensor


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
    """Return the trial's figures and paired differences.

    Figures are of all cases, of each subset, and of each background where there are several;
    differences are of all cases and of each subset.
    """
    plan = compile_plan(trial.system, classes=trial.classes)
    chance = trial.guess if trial.guess is not None else 1 / len(set(plan.label_of.tolist()))
    measured = _measured(trial, plan, eyes)
    subsets = {"all": np.ones(len(trial.truth), bool), **trial.subsets}
    figures = []
    for measure, (by_view, note) in measured.items():
        chosen = {subset: _mean(by_view)[rows] for subset, rows in subsets.items()}
        if len(by_view) > 1:
            chosen |= by_view
        figures += [
            figure(trial.part, measure, hits, chance, intervals, subset=subset, note=note)
            for subset, hits in chosen.items()
        ]
    differences = []
    for ours, theirs in PAIRS:
        if ours in measured and theirs in measured:
            one, other = (_mean(measured[measure][0]) for measure in (ours, theirs))
            named = f"{ours} - {theirs}"
            differences += [
                difference(trial.part, named, one[rows], other[rows], intervals, subset=subset)
                for subset, rows in subsets.items()
            ]
    return figures, differences


def _measured(trial: Trial, plan: Plan, eyes: Eyes) -> dict[Measure, tuple[dict[str, Hits], str]]:
    """Return each measure's hits on each background, and the best template where it has any."""
    measured: dict[Measure, tuple[dict[str, Hits], str]] = {}
    modes: tuple[tuple[Measure, Measure, bool], ...] = (
        ("names", "full", False),
        ("names-unbiased", "full-unbiased", True),
    )
    for names, full, unbiased in modes:
        tried = [
            (_hits(trial, _names_plan(system, trial), eyes, unbiased), system.groups[0].prompt)
            for system in trial.names
        ]
        if tried:
            # The best template on these very pictures: the baseline is given every advantage.
            measured[names] = max(tried, key=lambda one: _mean(one[0]).mean())
        measured[full] = _hits(trial, plan, eyes, unbiased), ""
    return measured


def _names_plan(system: System, trial: Trial) -> Plan:
    # Names of classes that cannot be chosen are no options.
    return compile_plan(system, classes=trial.classes, skip_unused=True)


def _hits(trial: Trial, plan: Plan, eyes: Eyes, unbiased: bool) -> dict[str, Hits]:
    found = {}
    for background, view in trial.views.items():
        similarities = eyes.similarities(plan, view.images)
        if unbiased:
            similarities = similarities - eyes.similarities(plan, view.mean[None])
        found[background] = label_hits(plan, eyes.scores(plan, similarities), trial.truth)
    return found


def _mean(by_view: Mapping[str, Hits]) -> Hits:
    mean: Hits = np.mean(list(by_view.values()), axis=0)
    return mean
