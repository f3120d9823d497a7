"""Which pictures are the same picture, by content, and which of them are fit to be studied."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from twentyq.encoder import Picture, open_picture
from twentyq.encoder.identity import file_sha256
from twentyq.errors import PictureError
from twentyq.study.labelled import LabelledPictures
from twentyq.study.summary import Problem

UNREADABLE = "unreadable"

Indices = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """The distinct contents of pictures, numbered as they come.

    digests  the SHA-256 of each picture's file, pixels or vector, `(n,)`; None where the file
             cannot be had, and such a picture is like no other
    number   the content of each picture, `(n,)`
    first    the first picture of each content, `(n_contents,)`
    """

    digests: tuple[str | None, ...]
    number: Indices
    first: Indices


def read_contents(labelled: LabelledPictures) -> Contents:
    """Read every picture once, and tell which are the same."""
    digests: list[str | None]
    if labelled.vectors is not None:
        digests = [hashlib.sha256(row.tobytes()).hexdigest() for row in labelled.vectors]
    else:
        digests = [_digest(picture) for picture in labelled.pictures or ()]
    keys = [digest or f"unreadable {i}" for i, digest in enumerate(digests)]
    numbers = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    number = np.array([numbers[key] for key in keys], dtype=np.int64)
    return Contents(tuple(digests), number, np.unique(number, return_index=True)[1])


def choose_pictures(
    labelled: LabelledPictures, contents: Contents, faults: Mapping[int, str]
) -> tuple[Indices, tuple[Problem, ...]]:
    """Return which pictures are studied, and what is wrong with the others.

    Of equal pictures the first is studied; of equal pictures under different labels none, for one
    label is wrong and nobody knows which. `faults` says what is wrong with unreadable contents.
    """
    names, labels = labelled.names, labelled.labels
    truth = np.unique(np.array(labels), return_inverse=True)[1]
    of_first = truth[contents.first][contents.number]
    disputed_contents = np.unique(contents.number[truth != of_first])

    unreadable = np.isin(contents.number, list(faults))
    disputed = np.isin(contents.number, disputed_contents) & ~unreadable
    first = contents.first[contents.number]
    duplicate = (first != np.arange(len(names))) & ~(unreadable | disputed)
    under_two: dict[int, list[str]] = {}
    for i in _rows(disputed):
        under_two.setdefault(int(contents.number[i]), []).append(f"{names[i]} as {labels[i]}")
    problems = (
        (
            UNREADABLE,
            unreadable,
            [f"{names[i]}: {faults[int(contents.number[i])]}" for i in _rows(unreadable)],
        ),
        (
            "duplicate",
            duplicate,
            [f"{names[i]}, the same as {names[first[i]]}" for i in _rows(duplicate)],
        ),
        (
            "under two labels",
            disputed,
            [", the same as ".join(copies) for copies in under_two.values()],
        ),
    )
    return np.flatnonzero(~(unreadable | disputed | duplicate)), tuple(
        Problem(kind=kind, count=int(which.sum()), names=said)
        for kind, which, said in problems
        if said
    )


def _rows(mask: np.ndarray[Any, np.dtype[np.bool_]]) -> Sequence[int]:
    rows: list[int] = np.flatnonzero(mask).tolist()
    return rows


def _digest(picture: Picture) -> str | None:
    match picture:
        case bytes():
            return hashlib.sha256(picture).hexdigest()
        case Image.Image():
            try:
                opened = open_picture(picture)
            except PictureError:
                return None
            # The same bytes are another picture in other rows or in another mode.
            form = f"{opened.mode} {opened.width}x{opened.height} "
            return hashlib.sha256(form.encode() + opened.tobytes()).hexdigest()
        case _:
            try:
                # Reading a pipe or a device could wait for ever.
                return file_sha256(Path(picture)) if Path(picture).is_file() else None
            except (OSError, ValueError):  # ValueError: a path with a NUL byte
                return None
