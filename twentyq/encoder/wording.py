"""Foreign text made fit for a message: one line, escaped, not too long."""

from __future__ import annotations

LONGEST = 200


def shown(text: object) -> str:
    """Quote a value for a message, with control characters escaped and its middle left out."""
    quoted = repr(str(text))
    if len(quoted) <= LONGEST:
        return quoted
    half = LONGEST // 2
    return f"{quoted[:half]} … {quoted[-half:]} ({len(str(text))} characters)"


def cause(fault: BaseException) -> str:
    """Name an exception of another library in one line: its class and its first line."""
    lines = str(fault).strip().splitlines()
    if not lines:
        return type(fault).__name__
    first = "".join(c if c.isprintable() else " " for c in lines[0])
    short = first if len(first) <= LONGEST else f"{first[:LONGEST]} …"
    return f"{type(fault).__name__}: {short}"
