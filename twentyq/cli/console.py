"""Standard output for people, wherever it leads."""

from __future__ import annotations

from rich.console import Console

# Wide enough that nothing is folded where no terminal sets the width.
PIPE_WIDTH = 10_000


def open_console() -> Console:
    """Return a console on standard output that folds lines on a terminal only."""
    console = Console()
    return console if console.is_terminal else Console(width=PIPE_WIDTH)
