"""Replies held to what a system file allows: what is usable, and what is wrong with the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from twentyq.authoring.building.attempts import Verdict
from twentyq.authoring.building.partial import Question, fault_in, told
from twentyq.authoring.building.proposals import Choice, Theme
from twentyq.errors import shown, suggestion
from twentyq.system import Rule
from twentyq.system.document import listed

Ruling = Choice | Rule
"""What holds for a class in one group: as the model says it, or as it stood before."""


def judge_themes(
    themes: Sequence[Theme], wanted: int, taken: Iterable[str] = ()
) -> Verdict[list[Theme]]:
    """Keep the first `wanted` themes whose names can stand beside each other and those `taken`."""
    kept: list[Theme] = []
    faults = []
    names = list(taken)
    for theme in themes[:wanted]:
        fault = fault_in(
            {name: ("{}", ["one", "other"]) for name in dict.fromkeys([*names, theme.name])}
        )
        if theme.name in names:
            faults.append(f"the name {shown(theme.name)} stands twice; to mend: rename one of them")
        elif fault is not None:
            faults.append(f"the name {shown(theme.name)}: {told(fault)}")
        else:
            kept.append(theme)
            names.append(theme.name)
    if len(kept) < wanted:
        faults.append(f"{wanted} attributes are wanted, and {len(kept)} are usable")
    return Verdict(kept or None, tuple(faults))


def judge_question(name: str, question: Question, most: int) -> Verdict[Question]:
    """Take a prompt and its options as they are, or not at all."""
    prompt, options = question
    if len(options) > most:
        fault = f"there are {len(options)} options; allowed: at most {most}"
        return Verdict(None, (f"{fault}; to mend: join options that are alike",))
    found = fault_in({name: question})
    return Verdict((prompt, list(options))) if found is None else Verdict(None, (told(found),))


def judge_rules(
    replied: Mapping[str, Choice], wanted: Sequence[str], group: str, question: Question
) -> Verdict[dict[str, Choice]]:
    """Keep the rules that are allowed, for the classes that were asked for.

    An empty list says no more than None. Classes that were not asked for are faults only while
    one that was asked for is missing.
    """
    asked = {name: replied[name] or None for name in wanted if name in replied}
    faults = {name: _fault_of(name, choice, group, question) for name, choice in asked.items()}
    kept = {name: choice for name, choice in asked.items() if faults[name] is None}
    missing = [name for name in wanted if name not in replied]
    lines = [f"{shown(name)}: {told_of}" for name, told_of in faults.items() if told_of]
    if missing:
        foreign = [name for name in replied if name not in asked]
        lines += [foreign_fault("class", name, missing) for name in foreign]
        lines.append(f"no option was given for {', '.join(map(shown, missing))}")
    return Verdict(kept, tuple(lines))


def foreign_fault(kind: str, name: str, meant: Sequence[str]) -> str:
    """Say that there is no `kind` of this name, and which of those `meant` is near."""
    mend = suggestion(name, meant) or f"use the names that were given: {listed(meant)}"
    return f"{shown(name)}: there is no such {kind}; to mend: {mend}"


def _fault_of(name: str, choice: Choice, group: str, question: Question) -> str | None:
    if choice is None:
        return None
    fault = fault_in({group: question}, {name: {group: choice}})
    return None if fault is None else told(fault)
