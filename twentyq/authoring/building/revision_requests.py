"""The inputs of the steps of a revision, cut to the room there is."""

from __future__ import annotations

from collections.abc import Iterator

from twentyq.authoring.building.partial import Question
from twentyq.authoring.building.proposals import PlanRevision, ReviseRules
from twentyq.authoring.building.requests import Inputs, Lines, in_lots, in_room
from twentyq.authoring.building.room import Room
from twentyq.system import AttributeGroup, Rule, System

NO_RULE = "?"
UNKNOWN = "not known"


def plan_inputs(system: System, notes: str, room: Room) -> Inputs:
    """Return the inputs of `PlanRevision`."""
    groups = (f"{group.name}: {group.prompt} {list(group.options)}" for group in system.groups)
    inputs: Inputs = {
        "domain": system.about,
        "groups": "\n".join(groups),
        "classes": "",
        "notes": notes,
    }
    shown = in_room({name: name for name in system.classes}, room.left(PlanRevision, inputs))
    return inputs | {"classes": shown}


def revised_group_inputs(system: System, group: AttributeGroup, notes: str, most: int) -> Inputs:
    """Return the inputs of `ReviseGroup`."""
    return {
        "domain": system.about,
        "group": group.name,
        "prompt_now": group.prompt,
        "options_now": list(group.options),
        "notes": notes,
        "most": most,
    }


def revised_rules_inputs(
    system: System, group: str, question: Question, notes: str, lines: Lines
) -> Inputs:
    """Return the inputs of `ReviseRules` for some classes."""
    prompt, options = question
    return {
        "domain": system.about,
        "group": group,
        "prompt": prompt,
        "options": list(options),
        "rules_now": "\n".join(lines.values()),
        "notes": notes,
    }


def revised_rules_lots(
    system: System,
    group: str,
    question: Question,
    notes: str,
    lines: Lines,
    room: Room,
) -> Iterator[Lines]:
    """Yield the lines of the classes that are asked for together."""
    inputs = revised_rules_inputs(system, group, question, notes, {})
    return in_lots(lines, question, room.left(ReviseRules, inputs), room)


def rule_line(name: str, rule: Rule | None, *, lost: bool) -> str:
    """Return a class with its options in a group, or that it has `lost` them and needs others."""
    if lost:
        return f"{name}: {NO_RULE}"
    return f"{name}: {UNKNOWN if rule is None else ' or '.join(rule)}"
