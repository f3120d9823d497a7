"""Labelled pictures as files: a folder per class, or a CSV file of paths and labels."""

from __future__ import annotations

from pathlib import Path

from twentyq.encoder.finding import pictures_in, read_pairs
from twentyq.errors import UsageError
from twentyq.study.sources.given import Given


def read_folder(folder: Path) -> Given:
    """Take the pictures below a folder; the folder that a picture lies in names its label.

    Names are paths within the folder, so that they do not depend on where it lies. Raises
    UsageError for a folder without pictures.
    """
    pictures = pictures_in(folder)
    return Given(
        names=[path.relative_to(folder).as_posix() for path in pictures],
        labels=[path.absolute().parent.name for path in pictures],
        pictures=pictures,
    )


def read_csv(path: Path) -> Given:
    """Take the pictures that a CSV file with the columns path and label names.

    Paths are relative to the file's own folder. Raises UsageError for a file that is not so.
    """
    rows = read_pairs(path, "pictures", "path", "label")
    if not rows:
        raise UsageError(
            "the file names no pictures",
            where=str(path),
            got="only the line of columns",
            mend="write one path and its label a line",
        )
    return Given(
        names=[name for _, name, _ in rows],
        labels=[label for _, _, label in rows],
        pictures=[path.parent / name for _, name, _ in rows],
    )
