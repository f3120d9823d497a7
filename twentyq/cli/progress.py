"""A progress bar for pictures that are embedded, on standard error and on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn


@contextmanager
def embedding_progress() -> Iterator[Callable[[int, int], None]]:
    """Show how many pictures are embedded, and the time left; gives the function that tells it."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    columns = ("pictures", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as progress:
        task = progress.add_task("pictures", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
