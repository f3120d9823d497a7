"""What `twentyq bench` measured, as tables for people."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from twentyq.bench import Report
from twentyq.bench.ceilings import CEILINGS
from twentyq.bench.report import MEANINGS
from twentyq.bench.timing import Spread

MEBIBYTE = 2**20


def print_report(console: Console, report: Report) -> None:
    """Print where and what was measured, and every figure with its spread."""
    machine, setting = report.machine, report.setting
    load = "" if machine.load is None else f", load {machine.load} when it began"
    console.print(
        f"{machine.processor}, {machine.cores} cores, {machine.threads} threads, "
        f"{machine.device}{load}; torch {machine.torch}, Python {machine.python}",
        f"encoder {setting.encoder}, system {setting.system} ({setting.classes} classes, "
        f"{setting.prompts} prompts), {setting.pictures} pictures, batch {setting.batch_size}",
        f"each case timed in {setting.rounds} rounds, in turn with the others; medians, smallest "
        "and largest",
        sep="\n",
        highlight=False,
        markup=False,
    )
    ratios = _table("ratio", "median", "smallest", "largest", "of what over what")
    for name, value in report.ratios.items():
        ratios.add_row(name, *_spread(value), MEANINGS[name])
    cases = _table("case", "ms", "smallest", "largest")
    for name, value in report.cases.items():
        cases.add_row(name if name.startswith("start") else f"{name}, a picture", *_spread(value))
    engine = _table(
        "engine: N", "G", "K", "batch", "question ms", "gain ms", "over matmul", "numpy", "Python"
    )
    for cost in report.engine:
        size = cost.size
        engine.add_row(
            *map(str, (size.classes, size.groups, size.options, size.batch)),
            *(
                _figure(value.median)
                for value in (
                    cost.question,
                    cost.gain,
                    cost.gain_over_matmul,
                    cost.numpy_over_gain,
                    cost.python_over_gain,
                )
            ),
        )
    for table in (ratios, cases, engine):
        console.print(table)
    if report.ceilings:
        shown = [name for name in CEILINGS if any(name in of for of in report.ceilings.values())]
        parts = _table("of the throughput of", *shown)
        for case, reached in report.ceilings.items():
            medians = (reached.get(name) for name in shown)
            parts.add_row(case, *("" if part is None else _figure(part.median) for part in medians))
        console.print(parts)
    if report.half:
        half = _table("full's labels as in float32", "equal", "of", "share", "95 %", "cosines off")
        for agreement in report.half:
            equal = agreement.equal
            half.add_row(
                agreement.dtype,
                f"{equal.count:,}",
                f"{equal.total:,}",
                _figure(equal.share),
                f"{_figure(equal.low)} to {_figure(equal.high)}",
                _figure(agreement.difference),
            )
        console.print(half)
    if report.scaling:
        scaling = _table("scaling: N", "Q", "N·Q", "question ms", "ns by N·Q", "peak MiB")
        for step in report.scaling:
            scaling.add_row(
                f"{step.size.classes:,}",
                f"{step.size.prompts:,}",
                f"{step.entries:,}",
                _figure(step.question.median),
                _figure(step.per_entry),
                f"{step.peak_memory / MEBIBYTE:,.0f}",
            )
        console.print(scaling)
    for note in report.notes:
        console.print(note, markup=False)


def _table(first: str, *rest: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(first)
    for name in rest:
        table.add_column(name, justify="left" if name.startswith("of") else "right")
    return table


def _spread(value: Spread) -> tuple[str, str, str]:
    return _figure(value.median), _figure(value.smallest), _figure(value.largest)


def _figure(value: float) -> str:
    """Return three digits that matter, however large or small."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
