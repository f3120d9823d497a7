"""A progress bar for pictures, on standard error and on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TimeRemainingColumn,
)
from rich.text import Text

if TYPE_CHECKING:
    from twentyq.batch.shards import Shards


class RateColumn(ProgressColumn):
    """Pictures a second, over the last half minute."""

    def render(self, task: Task) -> Text:
        """Return the rate, once there is one."""
        return Text(f"{task.speed:,.1f}/s" if task.speed else "")


@contextmanager
def picture_progress(*, wanted: bool = True) -> Iterator[Callable[[int, int | None], None]]:
    """Show how many pictures are done, the rate and the time left; gives what is to be told.

    It takes how many are done and how many there are, None where that is not known yet. Without a
    terminal nothing is shown.
    """
    if not (wanted and sys.stderr.isatty()):
        yield lambda _done, _total: None
        return
    columns = ("pictures", BarColumn(), MofNCompleteColumn(), RateColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    # By default rich takes over standard output too, and what is sent to a file would not arrive.
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as progress:
        task = progress.add_task("pictures", total=None)
        # Told at once: a short run would be over before the bar is drawn by itself.
        yield lambda done, total: progress.update(task, completed=done, total=total, refresh=True)


class ShardCount:
    """Tells the progress of one process's share, of which some shards were done before."""

    def __init__(
        self,
        shards: Shards,
        mine: list[int],
        missing: list[int],
        progress: Callable[[int, int | None], None],
    ) -> None:
        """Take the numbers of the shards in the share, and of those still to be made."""
        self._progress = progress
        self._total = sum(shards.sizes[number] for number in mine)
        self._done = self._total - sum(shards.sizes[number] for number in missing)
        self.add(0)

    def add(self, n_more: int) -> None:
        """Count some pictures more."""
        self._done += n_more
        self._progress(self._done, self._total)
