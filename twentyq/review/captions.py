"""Names put on one line or several, for pictures."""

from __future__ import annotations

from collections.abc import Sequence

LONGEST = 60  # characters of one name


def brief(name: str) -> str:
    """Return a name of at most `LONGEST` characters, its end left out where it is longer."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def shortened(names: Sequence[str], limit: int) -> str:
    """Return as many names as fit into `limit` characters, at least one, and how many more."""
    line, *others = map(brief, names)
    for left, name in zip(range(len(others), 0, -1), others, strict=True):
        longer = f"{line} / {name}"
        more = f" +{left - 1}" if left > 1 else ""
        if len(longer + more) > limit:
            return f"{line} +{left}"
        line = longer
    return line


def wrapped(names: Sequence[str], limit: int) -> list[str]:
    """Return all names on lines of some `limit` characters, each whole on one line."""
    line, *others = map(brief, names)
    lines = []
    for name in others:
        if len(line) + len(name) + 2 > limit:
            lines.append(f"{line},")
            line = name
        else:
            line = f"{line}, {name}"
    return [*lines, line]


def percent(share: float) -> str:
    """Return a share in percent, with two figures below ten."""
    return f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.0f} %"
