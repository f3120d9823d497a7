"""What a person's notes on a system ask to change, named before anything is changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from twentyq.authoring.building.attempts import Verdict
from twentyq.authoring.building.judging import foreign_fault, judge_themes
from twentyq.authoring.building.proposals import Theme
from twentyq.system import System
from twentyq.system.document import listed


@dataclass(frozen=True, slots=True)
class RevisionPlan:
    """Groups to take out, to word anew and to rule anew; what new groups ask about."""

    drop: tuple[str, ...]
    reword: tuple[str, ...]
    reassign: tuple[str, ...]
    add: tuple[Theme, ...]

    @property
    def lines(self) -> Iterator[str]:
        """Each kind of change that there is, on a line."""
        kinds = {
            "take out": self.drop,
            "word anew": self.reword,
            "rule anew": self.reassign,
            "add": [theme.name for theme in self.add],
        }
        return (f"to {kind}: {listed(names)}" for kind, names in kinds.items() if names)


def judge_plan(replied: Any, system: System) -> Verdict[RevisionPlan]:
    """Keep what names groups of the system, and new themes that can stand beside them."""
    groups = [group.name for group in system.groups]
    named = {kind: list(getattr(replied, kind)) for kind in ("drop", "reword", "reassign")}
    unknown = [name for names in named.values() for name in names if name not in groups]
    faults = [foreign_fault("group", name, groups) for name in unknown]
    themes = judge_themes(replied.add, len(replied.add), groups)
    known = {kind: tuple(n for n in groups if n in names) for kind, names in named.items()}
    plan = RevisionPlan(**known, add=tuple(themes.value or ()))
    if not (faults or themes.faults or any(plan.lines)):
        faults = ["nothing is named; to mend: name at least one group that the notes would change"]
    return Verdict(plan if any(plan.lines) else None, (*faults, *themes.faults))
