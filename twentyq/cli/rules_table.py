"""The rules of a system as a matrix for people: a row per class, a column per group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from twentyq.system import AttributeGroup, Rule, System

UNKNOWN = "–"
SHOWN = 2  # options of a rule on a terminal
WIDEST, LEAST = 32, 12  # characters of a column on a terminal; what is longer folds
GAP = 2  # blanks between columns


def rules_tables(system: System, console: Console) -> Iterator[Table]:
    """Yield tables of the rules that fit side by side into the console's width.

    Every table has all classes and as many groups as fit. On a terminal the rule of many options
    names those of the largest weights; elsewhere nothing is left out.
    """
    most = SHOWN if console.is_terminal else None
    room = console.width - max(map(cell_len, ("class", *system.classes)))
    widest = min(WIDEST, max(room - GAP, LEAST)) if console.is_terminal else console.width
    columns = {
        group.name: [
            _cell(system.rules[name].get(group.name), group, most) for name in system.classes
        ]
        for group in system.groups
    }
    widths = {
        name: min(widest, max(map(cell_len, (name, *cells)))) for name, cells in columns.items()
    }
    for names in _blocks(widths, room):
        table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0))
        table.add_column("class", overflow="fold")
        for name in names:
            table.add_column(Text(name), width=widths[name], overflow="fold")
        for row in zip(system.classes, *(columns[name] for name in names), strict=True):
            table.add_row(*map(Text, row))
        yield table


def _blocks(widths: dict[str, int], room: int) -> Iterator[list[str]]:
    block: list[str] = []
    left = room
    for name, width in widths.items():
        if block and width + GAP > left:
            yield block
            block, left = [], room
        block.append(name)
        left -= width + GAP
    yield block


def _cell(rule: Rule | None, group: AttributeGroup, most: int | None) -> str:
    """Return a rule in few words: `a`, `a / b` where both are as likely, `a .7 / b .3`."""
    if rule is None:
        return UNKNOWN
    options = sorted(
        (option for option in group.options if option in rule), key=lambda option: -rule[option]
    )
    even = len(set(rule.values())) == 1
    texts = [option if even else f"{option} {_weight(rule[option])}" for option in options]
    left_out = len(texts[most:]) if most else 0
    return " / ".join(texts[:most]) + (f" +{left_out}" if left_out else "")


def _weight(weight: float) -> str:
    return f"{weight:.2g}".removeprefix("0")
