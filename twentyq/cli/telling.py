"""Lines on standard error: what a person should know beside what was asked for."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twentyq.study.summary import Problem


def tell(line: object) -> None:
    """Print a line, or an error's message, under the name of the program."""
    print(f"twentyq: {line}", file=sys.stderr)


def tell_problems(problems: Iterable[Problem]) -> None:
    """Tell which pictures were left out, a line for each reason."""
    for problem in problems:
        tell(f"{problem.kind}: {problem.count}, {problem.names[0]}")
