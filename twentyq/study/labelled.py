"""Labelled pictures, with everything said about those that are left out."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from twentyq.encoder import Picture
from twentyq.errors import UsageError, shown, suggestion
from twentyq.study.sources.embeddings import read_npz, read_parquet
from twentyq.study.sources.files import read_csv, read_folder
from twentyq.study.sources.given import Given, ReadLater
from twentyq.study.sources.hub import read_dataset
from twentyq.study.summary import Problem

DATASETS = "datasets:"
_READERS = {".csv": read_csv, ".npz": read_npz, ".parquet": read_parquet}


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPictures:
    """Pictures whose label is among those wanted, in the source's order.

    names     what each is called, `(n,)`; paths are relative to the source
    labels    the true label of each, `(n,)`
    pictures  the pictures, `(n,)`, or None where the source holds vectors
    vectors   vectors of any length, `(n, d)`, or None where it holds pictures
    problems  what was left out so far, and why
    given     how many pictures the source holds, before anything was left out
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    pictures: Sequence[Picture] | None
    vectors: np.ndarray[Any, Any] | None
    problems: tuple[Problem, ...]
    given: int


def read_labelled(
    source: str, labels: Sequence[str], *, label_map: Mapping[str, str] | None = None
) -> LabelledPictures:
    """Read labelled pictures, and keep those whose label is one of `labels`.

    `source` is a folder with a folder per class; a `.csv` file of path and label; an `.npz` or
    `.parquet` file of embeddings; or `datasets:NAME_OR_FOLDER[:SPLIT]`. `label_map` gives the
    label that a folder or a label of the source stands for.
    Raises UsageError for a source that cannot be read, and where no label is known.
    """
    found = _read(source)
    written = [_readable(label) for label in found.labels]
    stands_for = label_map or {}
    meant = [stands_for.get(label, label) for label in written]
    known = set(labels)
    kept = [i for i, label in enumerate(meant) if label in known]
    unknown = _describe(Counter(label for label in meant if label not in known), labels)
    if not kept:
        raise UsageError(
            "none of the pictures has a label of the system",
            where=source,
            got=", ".join(unknown[:5]),
            allowed=", ".join(sorted(known)),
            mend="map labels with --labels, a CSV file with the columns folder and label",
        )
    left_out = len(meant) - len(kept)
    pictures = found.pictures
    return LabelledPictures(
        names=tuple(_readable(found.names[i]) for i in kept),
        labels=tuple(meant[i] for i in kept),
        pictures=None if pictures is None else ReadLater(kept, pictures.__getitem__),
        vectors=None if found.vectors is None else found.vectors[kept],
        problems=(Problem(kind="unknown label", count=left_out, names=unknown),) if unknown else (),
        given=len(meant),
    )


def _read(source: str) -> Given:
    if source.startswith(DATASETS):
        return read_dataset(source.removeprefix(DATASETS))
    path = Path(source)
    # Path.is_dir raises where a name is too long.
    if os.path.isdir(source):  # noqa: PTH112
        return read_folder(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None or not os.path.isfile(source):  # noqa: PTH113
        raise UsageError(
            "there is no such source of labelled pictures",
            where="PICTURES",
            got=shown(source),
            allowed="a folder with a folder per class, a .csv file of path and label, an .npz or "
            ".parquet file of embeddings, or datasets:NAME_OR_FOLDER[:SPLIT]",
            mend=None if reader is None else "check the path: there is no such file",
        )
    return reader(path)


def _describe(unknown: Counter[str], labels: Sequence[str]) -> list[str]:
    """Say of each unknown label, by name, how many pictures have it and what it may have meant."""
    said = []
    for label, count in sorted(unknown.items()):
        pictures = "1 picture" if count == 1 else f"{count} pictures"
        hint = suggestion(label, labels) if label else None
        said.append(f"{label or 'no label'}: {pictures}" + (f"; {hint}" if hint else ""))
    return said


def _readable(text: str) -> str:
    """Return a text that UTF-8 can hold: names of files may contain bytes that are not text."""
    return text.encode("utf-8", "backslashreplace").decode()
