"""From what stands on the command line to the paths of pictures."""

from __future__ import annotations

import csv
import glob
import io
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from twentyq.errors import UsageError, shown, suggestion

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".gif", ".bmp", ".dib"}
    | {".tif", ".tiff", ".avif"}
)


def find_pictures(arguments: Sequence[str]) -> list[Path]:
    """Return the pictures that files, folders, globs and `-` (paths on standard input) stand for.

    A folder gives the files in it and below that are named like pictures, in order of their paths;
    hidden ones are left out. Raises UsageError for a folder or glob without pictures.
    """
    found: list[Path] = []
    for argument in arguments:
        if argument == "-":
            # Without a terminal or pipe, Python has no standard input at all.
            lines = [line.rstrip("\n") for line in sys.stdin or ()]
            found += [Path(line) for line in lines if line.strip()]
        elif os.path.isdir(argument):  # noqa: PTH112  # Path.is_dir raises where a name is too long
            found += _in_folder(Path(argument))
        elif glob.has_magic(argument) and not os.path.exists(argument):  # noqa: PTH110  # the same
            found += _matching(argument)
        else:
            found.append(Path(argument))
    if not found:
        raise UsageError(
            "no pictures were named",
            where="-",
            got="no path on standard input",
            mend="write one path a line",
        )
    return found


def _in_folder(folder: Path) -> list[Path]:
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


def _matching(pattern: str) -> list[Path]:
    # Path.glob takes no pattern that starts at the root or climbs with `..`.
    matches = glob.glob(pattern, recursive=True)  # noqa: PTH207
    found = sorted(path for path in map(Path, matches) if not path.is_dir())
    if not found:
        raise UsageError(
            "no file matches", where="PICTURE", got=shown(pattern), mend="check the path and quotes"
        )
    return found


def read_lines(path: Path, what: str) -> list[str]:
    """Return the lines of a small text file that are not blank; raises UsageError."""
    return [line.strip() for line in _read(path, what).splitlines() if line.strip()]


def read_label_map(path: Path) -> dict[str, str]:
    """Return the label of each folder name, from a CSV file with the columns folder and label.

    Raises UsageError for a file that cannot be read, lacks a column, or names a folder twice.
    """
    rows = csv.DictReader(io.StringIO(_read(path, "labels"), newline=""))
    if rows.fieldnames is None or not {"folder", "label"} <= set(rows.fieldnames):
        raise UsageError(
            "the labels file lacks a column",
            where=f"{path}, line 1",
            got=",".join(rows.fieldnames or []),
            allowed="folder,label",
            mend="write folder,label on the first line, then one folder and its label a line",
        )
    labels: dict[str, str] = {}
    for row in rows:
        folder, label = row["folder"], row["label"]
        if not folder or not label:
            raise UsageError(
                "a row lacks its folder or label", where=f"{path}, line {rows.line_num}"
            )
        if folder in labels:
            raise UsageError(
                "a folder stands twice", where=f"{path}, line {rows.line_num}", got=shown(folder)
            )
        labels[folder] = label
    return labels


def read_truths(
    pictures: Iterable[Path], labels: Iterable[str], label_map: dict[str, str]
) -> list[str]:
    """Return each picture's true label: its folder's name, or what `label_map` says of it.

    Raises UsageError for a folder that gives no label of the system.
    """
    known = set(labels)
    truths = []
    for picture in pictures:
        folder = picture.absolute().parent.name
        label = label_map.get(folder, folder)
        if label not in known:
            meant = suggestion(label, sorted(known))
            raise UsageError(
                "the folder's name is no label of the system",
                where=str(picture),
                got=shown(label),
                allowed=", ".join(sorted(known)),
                mend="map it with --labels, a CSV file with the columns folder and label"
                + (f"; {meant}" if meant else ""),
            )
        truths.append(label)
    return truths


def _read(path: Path, what: str) -> str:
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
