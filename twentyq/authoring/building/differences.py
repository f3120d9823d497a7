"""What changed between two systems, in lines that a person can read."""

from __future__ import annotations

from collections.abc import Iterator

from twentyq.errors import shown
from twentyq.system import AttributeGroup, Rule, System


def differences(before: System, after: System) -> list[str]:
    """Return a line for every group, option, class and rule that is not as it was."""
    old = {group.name: group for group in before.groups}
    new = {group.name: group for group in after.groups}
    lines = [f"group {name}: taken out" for name in old if name not in new]
    for name, group in new.items():
        if name in old:
            lines += _of_group(old[name], group)
        else:
            lines.append(f"group {name}: new, {len(group.options)} options")
    lines += [f"class {name}: taken out" for name in before.classes if name not in after.classes]
    lines += [
        line
        for name in after.classes
        for group in new
        if group in old
        for line in _of_rule(name, group, before, after)
    ]
    return lines


def _of_group(old: AttributeGroup, new: AttributeGroup) -> Iterator[str]:
    if old.prompt != new.prompt:
        yield f"group {new.name}: prompt {shown(old.prompt)} -> {shown(new.prompt)}"
    for option in old.options:
        if option not in new.options:
            yield f"group {new.name}: option {shown(option)} taken out"
    for option in new.options:
        if option not in old.options:
            yield f"group {new.name}: option {shown(option)} added"


def _of_rule(name: str, group: str, before: System, after: System) -> Iterator[str]:
    old, new = before.rules[name].get(group), after.rules[name].get(group)
    if old != new:
        yield f"class {name}: {group} {_told(old)} -> {_told(new)}"


def _told(rule: Rule | None) -> str:
    return "unknown" if rule is None else " or ".join(map(shown, rule))
