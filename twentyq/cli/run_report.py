"""What `twentyq run` says at its end: figures, and where the parts lie."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table
from rich.text import Text

from twentyq.batch.figures import Figures, read_figures
from twentyq.batch.run_folder import FAILURES, RESULTS, RunFolder
from twentyq.classifier import Classifier
from twentyq.cli.console import open_console, printable
from twentyq.cli.summary import Summary
from twentyq.result import SCHEMA

SHOWN = 10  # labels and reasons in the table; JSON has all


@dataclass(frozen=True, slots=True)
class RunReport:
    """The figures of one process's share of a run; `shards` is how many shards that is."""

    figures: Figures
    summary: Summary
    shards: int
    results: Path
    failures: Path

    @classmethod
    def of(cls, folder: RunFolder, mine: list[int], classifier: Classifier) -> RunReport:
        """Read the parts of these shards; raises StoreError where one is damaged within."""
        plan = classifier.plan
        figures = read_figures(folder, mine, int(plan.sizes[plan.informative].sum()))
        failed = figures.reasons.total()
        summary = Summary(
            pictures=figures.labels.total() + failed,
            failed=failed,
            rejected=figures.labels[None],
            prompts=classifier.full_prompts,
            prompts_spent=figures.prompts_spent,
            prompts_embedded=folder.prompts_embedded,
            stopped_early=figures.stopped_early,
        )
        return cls(figures, summary, len(mine), folder.path / RESULTS, folder.path / FAILURES)

    def json(self) -> str:
        """Return the report as a JSON document."""
        labels = self.figures.labels
        document = {
            "schema": SCHEMA,
            "results": self.results.as_posix(),
            "failures": self.failures.as_posix(),
            "shards": {"done": self.figures.shards, "of": self.shards},
            "summary": self.summary.to_dict(),
            "labels": {name: count for name, count in labels.most_common() if name is not None},
            "reasons": dict(self.figures.reasons.most_common()),
        }
        return json.dumps(document, ensure_ascii=False, indent=2)

    def print_table(self) -> None:
        """Print the report for people."""
        lines = self.summary.lines()
        labels = [(name, n) for name, n in self.figures.labels.most_common() if name is not None]
        if labels:
            lines.append(("labels", _listed(labels)))
        if self.figures.reasons:
            lines.append(("failed", _listed(self.figures.reasons.most_common())))
        if self.figures.shards < self.shards:
            done = f"{self.figures.shards} of {self.shards}; another process makes the others"
            lines.append(("shards", done))
        lines.append(("results", str(self.results)))
        if self.summary.failed:
            lines.append(("failures", str(self.failures)))
        table = Table.grid(padding=(0, 2))
        for name, value in lines:
            table.add_row(Text(name, "dim"), Text(printable(value)))
        open_console().print(table)


def _listed(counts: list[tuple[str, int]]) -> str:
    told = ", ".join(f"{name} {count}" for name, count in counts[:SHOWN])
    rest = len(counts) - SHOWN
    return told if rest <= 0 else f"{told}, and {rest} more"
