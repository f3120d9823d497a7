"""What people read: standard output, wherever it leads, and lines on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from twentyq.study.summary import Problem

# Wide enough that nothing is folded where no terminal sets the width.
PIPE_WIDTH = 10_000


def open_console() -> Console:
    """Return a console on standard output that folds lines on a terminal only."""
    console = Console()
    return console if console.is_terminal else Console(width=PIPE_WIDTH)


def tell_problems(problems: Iterable[Problem]) -> None:
    """Say on standard error which pictures were left out, a line for each reason."""
    for problem in problems:
        print(f"twentyq: {problem.kind}: {problem.count}, {problem.names[0]}", file=sys.stderr)
