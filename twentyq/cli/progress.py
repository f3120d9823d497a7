"""A progress bar for pictures, on standard error and on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn


@contextmanager
def picture_progress(*, wanted: bool = True) -> Iterator[Callable[[int, int], None]]:
    """Show how many pictures are done, and the time left; gives the function that is told both.

    It takes how many are done and how many there are. Without a terminal nothing is shown.
    """
    if not (wanted and sys.stderr.isatty()):
        yield lambda _done, _total: None
        return
    columns = ("pictures", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    # By default rich takes over standard output too, and what is sent to a file would not arrive.
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as progress:
        task = progress.add_task("pictures", total=None)
        # Told at once: a short run would be over before the bar is drawn by itself.
        yield lambda done, total: progress.update(task, completed=done, total=total, refresh=True)
