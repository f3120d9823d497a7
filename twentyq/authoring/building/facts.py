"""A table of facts: a row per class, and whatever columns a person has."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from twentyq.authoring.building.brief import Facts
from twentyq.encoder.finding import read_text
from twentyq.errors import UsageError, shown, suggestion

CLASS_COLUMN = "class"


def read_facts(path: Path) -> Facts:
    """Return the facts of each class in a CSV file with the column `class`, without empty cells.

    Raises `UsageError` for a file that cannot be read, lacks the column, names a class or a column
    twice, or has more cells in a row than columns.
    """
    rows = csv.DictReader(io.StringIO(read_text(path, "facts"), newline=""))
    facts: dict[str, dict[str, str]] = {}
    try:
        _check_columns(list(rows.fieldnames or ()), path)
        for row in rows:
            where = f"{path}, line {rows.line_num}"
            if None in row:
                got = f"{len(row) - 1 + len(row[None])} cells for {len(row) - 1} columns"
                mend = "quote a cell that holds a comma"
                raise UsageError("a row has too many cells", where=where, got=got, mend=mend)
            cells = {column: " ".join((cell or "").split()) for column, cell in row.items()}
            name = cells.pop(CLASS_COLUMN)
            if not name:
                raise UsageError("a row lacks its class", where=where)
            if name in facts:
                mend = "join its rows into one"
                raise UsageError("a class stands twice", where=where, got=shown(name), mend=mend)
            facts[name] = {column: cell for column, cell in cells.items() if cell}
    except csv.Error as fault:
        raise UsageError(
            "the file of facts is not CSV",
            where=f"{path}, line {rows.line_num}",
            got=str(fault),
            mend="look for a quote that is never closed",
        ) from None
    return facts


def _check_columns(columns: list[str], path: Path) -> None:
    where = f"{path}, line 1"
    if CLASS_COLUMN not in columns:
        raise UsageError(
            f"the table has no column {CLASS_COLUMN!r}",
            where=where,
            got=", ".join(map(shown, columns)) or "nothing",
            mend=suggestion(CLASS_COLUMN, columns) or "name the column of classes so",
        )
    repeated = next((column for column in columns if columns.count(column) > 1), None)
    if repeated is not None:
        mend = "give each column its own name"
        raise UsageError("two columns are the same", where=where, got=shown(repeated), mend=mend)
