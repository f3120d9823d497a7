"""What a person asks for: the classes to tell apart, the domain, facts, and how large it may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from twentyq.authoring.building.partial import fault_in
from twentyq.errors import UsageError, shown

Facts = Mapping[str, Mapping[str, str]]
"""For each class, its facts by the names of their columns."""


@dataclass(frozen=True, slots=True)
class Brief:
    """What is to be built; `groups` and `options` (of one group) are the largest numbers wanted."""

    name: str
    about: str
    classes: tuple[str, ...]
    facts: Facts
    groups: int
    options: int


def write_brief(
    name: str, about: str, classes: Sequence[str], facts: Facts, *, groups: int, options: int
) -> Brief:
    """Check names as a system file would, and put the brief together; raises `UsageError`."""
    about = " ".join(about.split())
    if not about:
        raise UsageError(
            "a line on the domain is wanted",
            where="--about",
            got=shown(about),
            allowed='what the pictures show, such as "garden birds of Europe, photographs"',
            mend="the model knows nothing else of the pictures",
        )
    _refuse_repeated(classes)
    if len(classes) < 2:
        raise UsageError(
            "there must be at least two classes to tell apart",
            where="CLASS",
            got=", ".join(map(shown, classes)) or "none",
            mend="name classes, or give --classes FILE or --facts TABLE.csv",
        )
    question = {"any": ("{}", ["one", "other"])}
    for where, fault in (
        ("--out", fault_in(question, name=name)),
        ("CLASS", fault_in(question, {name: {"any": "one"} for name in classes})),
    ):
        if fault is not None:
            raise UsageError(fault.what, where=where, got=fault.got, mend=fault.mend)
    known = {name: facts[name] for name in classes if name in facts}
    return Brief(name, about, tuple(classes), known, groups, options)


def _refuse_repeated(classes: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in classes:
        if name in seen:
            mend = "name each class once"
            raise UsageError("a class is named twice", where="CLASS", got=shown(name), mend=mend)
        seen.add(name)
