"""Standard output for people, wherever it leads."""

from __future__ import annotations

from rich.console import Console

# Wide enough that nothing is folded where no terminal sets the width.
PIPE_WIDTH = 10_000


def open_console() -> Console:
    """Return a console on standard output that folds lines on a terminal only."""
    console = Console()
    return console if console.is_terminal else Console(width=PIPE_WIDTH)


def printable(text: str) -> str:
    """Return text with control characters and odd bytes as escapes, safe for a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
