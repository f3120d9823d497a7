"""A draft: a system as far as the model's replies carry it, and what a person should know of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from twentyq.authoring.building.brief import Brief
from twentyq.authoring.building.judging import Ruling
from twentyq.authoring.building.partial import Question
from twentyq.errors import LanguageModelError
from twentyq.system import System, parse_system
from twentyq.system.document import listed

ANOTHER_WAY = (
    "try a larger model, fewer --groups or --options, plainer words, or more --retries; "
    "--no-cache asks everything anew"
)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a person should know, of the draft or of one `group`."""

    text: str
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A valid system, and remarks on what was left out of it and what changed."""

    system: System
    remarks: tuple[Remark, ...]


@dataclass(slots=True)
class Parts:
    """What a draft is put together from: each group's prompt, options and rules, and remarks."""

    questions: dict[str, Question] = field(default_factory=dict)
    rules: dict[str, Mapping[str, Ruling]] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)

    def add(self, group: str, question: Question, rules: Mapping[str, Ruling]) -> None:
        """Take a group in, behind those that are there."""
        self.questions[group] = question
        self.rules[group] = rules


def assemble(brief: Brief, parts: Parts, model: str) -> Draft:
    """Put groups and rules together, leaving out what has no rule at all.

    Raises `LanguageModelError` where fewer than one group or two classes would remain.
    """
    remarks = list(parts.remarks)
    known = {
        name: {group: rules[name] for group, rules in parts.rules.items() if rules.get(name)}
        for name in brief.classes
    }
    classes = {name: ruled for name, ruled in known.items() if ruled}
    lost = [name for name in known if name not in classes]
    used = {group for ruled in classes.values() for group in ruled}
    remarks += [
        Remark(f"group {group} is left out: it has no usable rule for any class")
        for group in parts.questions
        if group not in used
    ]
    if lost:
        remarks.append(
            Remark(f"left out, with no usable rule in any group: {listed(lost, len(lost))}")
        )
    if not used or len(classes) < 2:
        raise too_little(
            f"a system needs a group and two classes; usable are {len(used)} and {len(classes)}",
            model,
            "; ".join(remark.text for remark in remarks[:2]),
        )
    document = {
        "name": brief.name,
        "about": brief.about,
        "source": f"drafted with the language model {model} by twentyq build, not yet corrected",
        "groups": {
            name: {"prompt": prompt, "options": list(options)}
            for name, (prompt, options) in parts.questions.items()
            if name in used
        },
        "classes": classes,
    }
    return Draft(parse_system(json.dumps(document), "draft"), tuple(remarks))


def too_little(what: str, model: str, got: str, mend: str = ANOTHER_WAY) -> LanguageModelError:
    """Return the error for a model whose replies make no system."""
    return LanguageModelError(what, where=model, got=got, mend=mend)
