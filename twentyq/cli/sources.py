"""From what stands on the command line to the paths of pictures."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from twentyq.encoder.finding import pictures_in, read_pairs, read_text
from twentyq.errors import UsageError, shown, suggestion


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
            found += pictures_in(Path(argument))
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
    return [line.strip() for line in read_text(path, what).splitlines() if line.strip()]


def read_label_map(path: Path | None) -> dict[str, str]:
    """Return the label of each folder name, from a CSV file with the columns folder and label.

    Without a file no folder's name stands for another label.
    Raises UsageError for a file that cannot be read, lacks a column, or names a folder twice.
    """
    labels: dict[str, str] = {}
    if path is None:
        return labels
    for line, folder, label in read_pairs(path, "labels", "folder", "label"):
        if folder in labels:
            raise UsageError(
                "a folder stands twice", where=f"{path}, line {line}", got=shown(folder)
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
