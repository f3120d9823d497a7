"""Results on standard output, in the format asked for; everything else goes to standard error."""

from __future__ import annotations

import csv
import json
import sys
from typing import Protocol

from rich.table import Table
from rich.text import Text

from twentyq.classifier import Classifier
from twentyq.cli.console import open_console, printable
from twentyq.cli.explain import explain
from twentyq.cli.summary import Summary
from twentyq.result import SCHEMA, Failure, Result

TIED = " *"


class Report(Protocol):
    """Takes results as they come, and the summary at the end."""

    @property
    def streams(self) -> bool:
        """Whether results are printed as they come, and not at the end."""

    def add(self, said: Result | Failure, truth: str | None) -> None:
        """Take one result, with the true label where it is known."""

    def close(self, summary: Summary) -> None:
        """Finish the report."""


class TableReport:
    """A table for people, or the story of each picture with `explained`, and the figures below."""

    def __init__(self, classifier: Classifier, top: int, explained: bool) -> None:
        self._classifier = classifier
        self._top = top
        self.streams = explained
        self._console = open_console()
        self._rows: list[tuple[Result, str | None]] = []

    def add(self, said: Result | Failure, truth: str | None) -> None:
        """Take one result; a failure has been told on standard error already."""
        if isinstance(said, Failure):
            return
        if self.streams:
            policy = self._classifier.game.policy.name
            explain(self._console, said, policy, self._classifier.full_prompts, truth)
        else:
            self._rows.append((said, truth))

    def close(self, summary: Summary) -> None:
        """Print the table and the figures."""
        if self._rows:
            self._console.print(self._table())
            for note in self._notes():
                self._console.print(note)
        figures = Table.grid(padding=(0, 2))
        for name, value in summary.lines():
            figures.add_row(Text(name, "dim"), value)
        self._console.print()
        self._console.print(figures)

    def _table(self) -> Table:
        with_truth = any(truth is not None for _, truth in self._rows)
        table = Table(box=None, pad_edge=False)
        table.add_column("picture", overflow="fold")
        table.add_column("label")
        if with_truth:
            table.add_column("truth")
        for name in ("posterior", "questions", "prompts"):
            table.add_column(name, justify="right")
        table.add_column("stopped by")
        for said, truth in self._rows:
            right = truth is None or said.label == truth
            label = Text("no label", "yellow")
            if said.label is not None:
                label = Text(printable(said.label), "green" if right else "red")
            table.add_row(
                Text(printable(said.picture)),
                label.append(TIED, "dim") if said.tied_with else label,
                *([Text(printable(truth or ""))] if with_truth else []),
                f"{said.posterior:.1%}",
                str(len(said.groups_asked)),
                f"{said.prompts_spent}/{self._classifier.full_prompts}",
                Text(said.stop_reason),
            )
            for ranked in said.ranking[1 : self._top]:
                also = Text(f"  {printable(ranked.label)}", "dim")
                blank = [""] if with_truth else []
                table.add_row("", also, *blank, Text(f"{ranked.posterior:.1%}", "dim"))
        return table

    def _notes(self) -> list[Text]:
        """Say once for each label what the rules do not tell it from."""
        tied = {said.ranking[0].label: said.tied_with for said, _ in self._rows if said.tied_with}
        return [
            Text(f"{TIED.strip()} the rules do not tell {printable(label)} from ", "dim").append(
                ", ".join(map(printable, others))
            )
            for label, others in tied.items()
        ]


class JsonReport:
    """One JSON document with every result, every failure and the figures."""

    streams = False

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self._results: list[dict[str, object]] = []
        self._failures: list[dict[str, object]] = []

    def add(self, said: Result | Failure, truth: str | None) -> None:
        """Take one result."""
        kept = self._failures if isinstance(said, Failure) else self._results
        kept.append(_entry(said, truth))

    def close(self, summary: Summary) -> None:
        """Print the document."""
        document = {
            "schema": SCHEMA,
            "system": self._classifier.system.name,
            "encoder": self._classifier.encoder.name,
            "encoder_identity": self._classifier.encoder.identity,
            "mode": self._classifier.mode,
            "results": self._results,
            "failures": self._failures,
            "summary": summary.to_dict(),
        }
        print(_json(document, indent=2))


class JsonLinesReport:
    """One JSON object a line, written as soon as it is known."""

    streams = True

    def add(self, said: Result | Failure, truth: str | None) -> None:
        """Print one result."""
        print(_json(_entry(said, truth)), flush=True)

    def close(self, summary: Summary) -> None:
        """Tell the figures on standard error."""
        _tell(summary)


class CsvReport:
    """One row a picture, without traces and rankings."""

    streams = True
    COLUMNS = (
        "picture",
        "truth",
        "label",
        "posterior",
        "probability",
        "prompts_spent",
        "prompts_embedded",
        "groups_asked",
        "stop_reason",
        "error",
    )

    def __init__(self) -> None:
        self._rows = csv.DictWriter(sys.stdout, self.COLUMNS, lineterminator="\n")
        self._rows.writeheader()

    def add(self, said: Result | Failure, truth: str | None) -> None:
        """Print one row; groups are joined by `;`."""
        entry = {k: v for k, v in _entry(said, truth).items() if k in self.COLUMNS}
        if isinstance(said, Result):
            entry["groups_asked"] = ";".join(said.groups_asked)
        self._rows.writerow(entry)

    def close(self, summary: Summary) -> None:
        """Tell the figures on standard error."""
        _tell(summary)


def open_report(output: str, classifier: Classifier, top: int, explained: bool) -> Report:
    """Return the report for `--format`; `top` and `explained` are for people, in the table."""
    match output:
        case "json":
            return JsonReport(classifier)
        case "jsonl":
            return JsonLinesReport()
        case "csv":
            return CsvReport()
        case _:
            return TableReport(classifier, top, explained)


def _entry(said: Result | Failure, truth: str | None) -> dict[str, object]:
    entry = said.to_dict()
    if truth is not None:
        entry["truth"] = truth
    return entry


def _json(value: object, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)


def _tell(summary: Summary) -> None:
    for name, value in summary.lines():
        print(f"{name}: {value}", file=sys.stderr)
