"""The work of `twentyq classify`: batch by batch, while progress is shown."""

from __future__ import annotations

import sys
from pathlib import Path

from twentyq.classifier import Classifier
from twentyq.cli.progress import picture_progress
from twentyq.cli.report import Report
from twentyq.cli.sorting import copy_into
from twentyq.cli.summary import Tally
from twentyq.cli.telling import tell
from twentyq.result import Failure


def classify_all(
    classifier: Classifier,
    reference: Classifier | None,
    paths: list[Path],
    truths: list[str] | None,
    report: Report,
    sort_into: Path | None,
) -> int:
    """Classify, report and copy batch by batch; return how many pictures failed."""
    tally = Tally(classifier.plan, classifier.full_prompts)
    # Results that stream to a terminal are progress enough, and a bar would garble them.
    garbled = report.streams and sys.stdout.isatty()
    with picture_progress(wanted=not garbled) as progress:
        progress(0, len(paths))
        for batch in classifier.embed(paths):
            said = classifier.classify_embedded(batch)
            by_full = reference.classify_embedded(batch) if reference else [None] * len(said)
            for number, (result, full) in enumerate(zip(said, by_full, strict=True), batch.first):
                truth = truths[number] if truths else None
                if isinstance(result, Failure):
                    tell(result.error)
                elif sort_into is not None:
                    copy_into(paths[number], result.label, sort_into)
                report.add(result, truth)
                tally.add(result, truth, full)
            progress(batch.first + len(said), len(paths))
    summary = tally.summary()
    report.close(summary)
    return summary.failed
