"""The run: classify, report, copy and count, batch by batch, while progress is shown."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from twentyq.classifier import Classifier
from twentyq.cli.guard import complain
from twentyq.cli.report import Report
from twentyq.cli.sorting import copy_into
from twentyq.cli.summary import Tally
from twentyq.result import Failure


def run(
    classifier: Classifier,
    reference: Classifier | None,
    paths: list[Path],
    truths: list[str] | None,
    report: Report,
    sort_into: Path | None,
) -> int:
    """Classify, report and copy batch by batch; return how many pictures failed."""
    tally = Tally(classifier.plan, classifier.full_prompts)
    with _progress(len(paths), report.streams) as advance:
        for batch in classifier.embed(paths):
            said = classifier.classify_embedded(batch)
            by_full = reference.classify_embedded(batch) if reference else [None] * len(said)
            for number, (result, full) in enumerate(zip(said, by_full, strict=True), batch.first):
                truth = truths[number] if truths else None
                if isinstance(result, Failure):
                    complain(result.error)
                elif sort_into is not None:
                    copy_into(paths[number], result.label, sort_into)
                report.add(result, truth)
                tally.add(result, truth, full)
            advance(len(said))
    summary = tally.summary()
    report.close(summary)
    return summary.failed


@contextmanager
def _progress(total: int, streams: bool) -> Iterator[Callable[[int], None]]:
    """Show progress on standard error, on a terminal only; gives the function that advances it.

    Where results stream to a terminal too, they are progress enough and the bar would garble them.
    """
    if not sys.stderr.isatty() or (streams and sys.stdout.isatty()):
        yield lambda _: None
        return
    columns = ("pictures", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    # By default rich takes over standard output too, and what is sent to a file would not arrive.
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as progress:
        task = progress.add_task("pictures", total=total)
        yield lambda count: progress.advance(task, count)
