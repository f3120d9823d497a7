"""Labelled pictures in a Hugging Face data set: on the hub, saved to disk, or an image folder."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from twentyq.encoder import Picture
from twentyq.encoder.faults import cause
from twentyq.errors import UsageError, shown
from twentyq.study.sources.given import Given, ReadLater

# The last part is a split only where it reads like one: `C:\birds` names none.
_WRITTEN = re.compile(r"(?P<name>.+?)(?::(?P<split>\w+(?:\[.*\])?))?", re.DOTALL)
# What `save_to_disk` leaves in a folder, for a data set with and without splits.
_SAVED = ("dataset_dict.json", "state.json")


def read_dataset(written: str) -> Given:
    """Take the pictures of `NAME_OR_FOLDER[:SPLIT]`, as the library `datasets` reads it.

    The picture is the column of type Image, the label that of type ClassLabel or else the column
    `label`. Raises UsageError where there is no such data set, split or column, and without the
    extra `datasets`.
    """
    where = f"datasets:{written}"
    try:
        import datasets
    except ImportError as fault:
        raise UsageError(
            "reading a data set needs an extra",
            where=where,
            got=cause(fault),
            mend='pip install "twentyq[datasets]"',
        ) from None
    rows = _load(datasets, written, where)
    image = _column(rows, where, "image", "pictures", datasets.Image)
    label = _column(rows, where, "label", "labels", datasets.ClassLabel)
    # Undecoded: these pictures are trusted no more than others, and our own decoder reads them.
    rows = rows.cast_column(image, datasets.Image(decode=False))
    kind = rows.features[label]
    names = kind.names if isinstance(kind, datasets.ClassLabel) else None
    labels = [_label(value, names) for value in rows[label]]

    def read(row: int) -> Picture:
        # An empty cell becomes an empty file, which the decoder refuses by name.
        cell = rows[row][image] or {"bytes": b""}
        return cell["bytes"] if cell["bytes"] is not None else Path(cell["path"])

    everyone = range(len(labels))
    return Given([f"row {i}" for i in everyone], labels, ReadLater(everyone, read))


def _load(datasets: Any, written: str, where: str) -> Any:
    name, split = _parse(written)
    saved = any(os.path.isfile(f"{name}/{file}") for file in _SAVED)  # noqa: PTH113  # the same
    try:
        with _quiet(datasets):
            if saved:
                found = datasets.load_from_disk(name)
            else:
                found = datasets.load_dataset(name, split=split)
    except Exception as fault:
        # Builders, file systems and networks fail with whatever class they like.
        raise UsageError(
            "the data set cannot be loaded",
            where=where,
            got=cause(fault),
            mend="check its name or folder, and the split behind the last colon",
        ) from fault
    if not isinstance(found, dict):
        return found
    if split is None and len(found) == 1:
        return next(iter(found.values()))
    if split not in found:
        raise UsageError(
            "the data set has several splits" if split is None else "there is no such split",
            where=where,
            got=None if split is None else shown(split),
            allowed=", ".join(found),
            mend=f"name one, as in datasets:{name}:{next(iter(found), 'train')}",
        )
    return found[split]


def _parse(written: str) -> tuple[str, str | None]:
    # Path.is_dir raises where a name is too long.
    parts = None if os.path.isdir(written) else _WRITTEN.fullmatch(written)  # noqa: PTH112
    return (parts["name"], parts["split"]) if parts else (written, None)


@contextmanager
def _quiet(datasets: Any) -> Iterator[None]:
    """Keep progress bars from a standard error that is no terminal."""
    if sys.stderr.isatty() or datasets.are_progress_bars_disabled():
        yield
        return
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        datasets.enable_progress_bars()


def _column(rows: Any, where: str, usual: str, what: str, kind: Any) -> str:
    """Return the one column of a kind, or that of the usual name."""
    of_kind = [name for name, feature in rows.features.items() if isinstance(feature, kind)]
    if len(of_kind) == 1:
        return str(of_kind[0])
    if usual in of_kind or (not of_kind and usual == "label" and usual in rows.features):
        return usual
    raise UsageError(
        f"the data set has no column of {what}"
        if not of_kind
        else f"the data set has several columns of {what}",
        where=where,
        got=", ".join(f"{name}: {type(f).__name__}" for name, f in rows.features.items()),
        allowed=f"one column of type {kind.__name__}, or one of these called {usual}",
        mend="rename or remove columns with the library datasets, then save_to_disk",
    )


def _label(value: Any, names: Sequence[str] | None) -> str:
    if value is None or (names is not None and value < 0):
        return ""
    return str(value if names is None else names[value])
