"""Pictures in a folder, and the small tables that name pictures or folders."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from twentyq.errors import UsageError

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".gif", ".bmp", ".dib"}
    | {".tif", ".tiff", ".avif"}
)


def pictures_in(folder: Path) -> list[Path]:
    """Return the files in a folder and below that are named like pictures, in order of their paths.

    Hidden ones are left out. Raises UsageError for a folder without pictures.
    """
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and not path.is_dir()
    )
    if not found:
        raise UsageError(
            "the folder has no pictures",
            where=str(folder),
            allowed=f"files that end in {', '.join(sorted(SUFFIXES))}",
            mend="name files of other endings one by one, or by a glob",
        )
    return found


def read_text(path: Path, what: str) -> str:
    """Return the content of a small text file; raises UsageError, which calls it by `what`."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as fault:
        raise UsageError(
            f"the file of {what} cannot be read", where=str(path), got=fault.strerror
        ) from None
    except UnicodeDecodeError as fault:
        raise UsageError(
            f"the file of {what} is not UTF-8",
            where=str(path),
            got=f"byte {fault.start}",
            mend="save it as UTF-8",
        ) from None


def read_pairs(path: Path, what: str, key: str, value: str) -> list[tuple[int, str, str]]:
    """Return line number, key and value of each row of a CSV file with these two columns.

    Raises UsageError for a file that cannot be read, lacks a column, or lacks a cell.
    """
    rows = csv.DictReader(io.StringIO(read_text(path, what), newline=""))
    pairs = []
    try:
        if not {key, value} <= set(rows.fieldnames or ()):
            raise UsageError(
                f"the {what} file lacks a column",
                where=f"{path}, line 1",
                got=",".join(rows.fieldnames or ()),
                allowed=f"{key},{value}",
                mend=f"write {key},{value} on the first line, then one {key} and its {value} "
                "a line",
            )
        for row in rows:
            if not row[key] or not row[value]:
                raise UsageError(
                    f"a row lacks its {key} or {value}", where=f"{path}, line {rows.line_num}"
                )
            pairs.append((rows.line_num, row[key], row[value]))
    except csv.Error as fault:
        raise UsageError(
            f"the {what} file is not CSV",
            where=f"{path}, line {rows.line_num}",
            got=str(fault),
            mend="look for a quote that is never closed",
        ) from None
    return pairs
