"""What refinement kept and brought: tables for people, or JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pydantic import TypeAdapter
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from twentyq.authoring.refining.history import LEFT_OUT, told
from twentyq.authoring.refining.outcome import Compared, Refinement, Step
from twentyq.authoring.refining.proposing import Change
from twentyq.cli.figures import points, share_and_interval

NOTHING = "no change was kept"
CHANGES = ("round", "what", "group", "was", "is", "Q", "train", "validation", "points")
PARTS = ("part", "before", "95 % interval", "after", "95 % interval", "difference", "p", "log loss")


@dataclass(frozen=True, slots=True)
class RefineTable:
    """The figures of a refinement."""

    made: Refinement

    def json(self) -> str:
        """Return everything as one JSON document."""
        made = self.made
        compared = TypeAdapter(Compared)
        document = {
            "rounds": made.rounds,
            "steps": TypeAdapter(tuple[Step, ...]).dump_python(made.steps, mode="json"),
            "last": TypeAdapter(Change | None).dump_python(made.last, mode="json"),
            "prompts": {"before": made.before.n_prompts, "after": made.after.n_prompts},
            **{
                part: compared.dump_python(getattr(made, part), mode="json")
                for part in ("train", "validation", "test")
            },
        }
        return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2)

    def tables(self) -> RenderableType:
        """Return what was kept, step by step, and what it brought on each part."""
        made = self.made
        parts = _table(*PARTS)
        for name, compared in (
            ("train", made.train),
            ("validation", made.validation),
            ("test", made.test),
        ):
            parts.add_row(f"{name}, {compared.before.total} pictures", *_part(compared))
        legend = (
            f"rounds {made.rounds}; Q from {made.before.n_prompts} to {made.after.n_prompts}; "
            "accuracies of full.\n"
            "Train and validation chose the changes: only test says what to expect."
        )
        if made.last is not None:
            legend += f"\nAt last, {told(made.last)}; test is of this."
        return Group(self._changes(), "", parts, "", Text(legend))

    def _changes(self) -> RenderableType:
        if not self.made.steps:
            return NOTHING
        changes = _table(*CHANGES)
        for step in self.made.steps:
            change = step.change
            changes.add_row(
                str(step.round),
                change.move,
                Text(change.group or "all"),
                Text(change.before),
                Text(change.after or LEFT_OUT),
                str(step.n_prompts),
                _moved(step.train),
                _moved(step.validation),
                points(step.validation.difference),
            )
        return changes


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column)
    return table


def _part(compared: Compared) -> tuple[str, ...]:
    return (
        *share_and_interval(compared.before),
        *share_and_interval(compared.after),
        points(compared.difference),
        f"{compared.mcnemar.p:.2g}",
        f"{compared.loss_before:.3f} → {compared.loss_after:.3f}",
    )


def _moved(compared: Compared) -> str:
    return f"{compared.before.share:.1%} → {compared.after.share:.1%}"
