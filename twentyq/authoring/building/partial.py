"""A part of a system, judged by the code that judges a file: a reply is held to the same rules."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from twentyq.errors import SystemFileError
from twentyq.system import parse_system

Question = tuple[str, Sequence[str]]
"""A prompt template and its options, as a model or a person gave them."""

_ANY_RULES = {"one": 0, "other": 0}


def fault_in(
    groups: Mapping[str, Question],
    rules: Mapping[str, Mapping[str, object]] | None = None,
    name: str = "draft",
) -> SystemFileError | None:
    """Return the first fault that a system file of these parts would have, None where it has none.

    Without rules, the groups alone are judged; a single class with rules is judged as well.
    """
    first = next(iter(groups))
    classes = dict(rules or {})
    fill = (other for other in _ANY_RULES if other not in classes)
    while len(classes) < 2:
        classes[next(fill)] = {first: 0}
    document = {
        "name": name,
        "groups": {
            group: {"prompt": prompt, "options": list(options)}
            for group, (prompt, options) in groups.items()
        },
        "classes": classes,
    }
    try:
        parse_system(json.dumps(document))
    except SystemFileError as fault:
        return fault
    return None


def told(fault: SystemFileError) -> str:
    """Put a fault on one line for the model: a place in a file says nothing to it."""
    parts = (("got", fault.got), ("allowed", fault.allowed), ("to mend", fault.mend))
    return "; ".join([fault.what, *(f"{name}: {text}" for name, text in parts if text)])
