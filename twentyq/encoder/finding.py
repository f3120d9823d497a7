"""Pictures in a folder, and the small tables that name pictures or folders."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from twentyq.errors import UsageError

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".gif", ".bmp", ".dib"}
    | {".tif", ".tiff", ".avif"}
)


def pictures_in(folder: Path) -> list[Path]:
    """Return the files in a folder and below that are named like pictures, in order of their paths.

    Hidden ones are left out. Raises UsageError for a folder without pictures, or one that cannot
    be read.
    """
    found = [folder / name for name in walk(folder, is_picture)]
    if not found:
        raise UsageError(
            "the folder has no pictures",
            where=str(folder),
            allowed=f"files that end in {', '.join(sorted(SUFFIXES))}",
            mend="name files of other endings one by one, or by a glob",
        )
    return found


def is_picture(name: str) -> bool:
    """Tell whether a file is named like a picture."""
    return os.path.splitext(name)[1].lower() in SUFFIXES  # noqa: PTH122  # for millions of names


def walk(folder: Path, wanted: Callable[[str], bool]) -> Iterator[str]:
    """Yield the files in a folder and below whose name is wanted, in order of their paths.

    The paths are relative to the folder. Hidden files and folders are left out, and links to
    folders are not followed. No more is held in memory than the names in one folder and in those
    above it. Raises UsageError for a folder that cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            here = sorted(
                (entry.name, entry.is_dir(), entry.is_symlink())
                for entry in entries
                if not entry.name.startswith(".")
            )
    except OSError as fault:
        raise UsageError(
            "the folder cannot be read",
            where=str(folder),
            got=fault.strerror,
            mend="check its permissions",
        ) from None
    for name, is_folder, is_link in here:
        if not is_folder:
            if wanted(name):
                yield name
        elif not is_link:
            yield from (f"{name}/{below}" for below in walk(folder / name, wanted))


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
