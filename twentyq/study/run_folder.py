"""The folder of a run: what the run is, and its finished pieces, each whole or not there.

A piece is written under another name, brought to the disk and renamed, so a run that is killed at
any moment leaves whole pieces only, and a leftover that the next attempt writes over.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile

import numpy as np

from twentyq.encoder.faults import cause
from twentyq.errors import StoreError, UsageError, shown

MANIFEST = "run.json"
UNFINISHED = ".unfinished"

Arrays = dict[str, np.ndarray[Any, Any]]
Manifest = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A folder that belongs to one run."""

    path: Path

    def load(self, piece: str) -> Arrays | None:
        """Return the arrays of a finished piece, or None where it is not there or not whole."""
        path = self.path / piece
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                # Reading an array to its end holds it against the checksum of the archive.
                return dict(file)
        except (FileNotFoundError, BadZipFile, ValueError, EOFError):
            return None
        except OSError as fault:
            raise _unusable(path, fault) from fault

    def save(self, piece: str, **arrays: np.ndarray[Any, Any]) -> None:
        """Write a piece, with the same bytes for the same arrays; raises StoreError."""
        with _renamed_when_whole(self.path / piece) as stream:
            np.savez(stream, allow_pickle=False, **arrays)

    def write(self, file: str, content: bytes) -> None:
        """Write a file that is no piece, whole or not at all; raises StoreError."""
        with _renamed_when_whole(self.path / file) as stream:
            stream.write(content)


def open_run(path: Path, manifest: Manifest, *, resume: bool) -> RunFolder:
    """Begin a run in an empty or new folder, or continue the one that lies there.

    `manifest` says what the run is: everything that its pieces depend on, as JSON. Raises
    UsageError for a folder with content unless `resume` is set, for one that holds no run, and for
    a run with another manifest, whose first difference is named; StoreError for the disk.
    """
    # What JSON cannot tell apart, such as tuples and lists, is no difference.
    wanted: Manifest = json.loads(json.dumps(manifest))
    held = _names_in(path)
    if held - {MANIFEST + UNFINISHED}:
        if not resume:
            raise UsageError(
                "the folder is not empty",
                where=str(path),
                got=", ".join(sorted(held)[:5]),
                mend="name another folder, or add --resume to continue the run that lies there",
            )
        _require_equal(path / MANIFEST, _read_manifest(path), wanted)
    else:
        with _renamed_when_whole(path / MANIFEST) as stream:
            stream.write(json.dumps(wanted, indent=1).encode())
    return RunFolder(path)


def _names_in(path: Path) -> set[str]:
    try:
        return {entry.name for entry in path.iterdir()}
    except FileNotFoundError:
        return set()
    except NotADirectoryError:
        raise UsageError(
            "this is a file, and a run needs a folder", where=str(path), mend="name a new folder"
        ) from None
    except OSError as fault:
        raise _unusable(path, fault) from fault


def _read_manifest(path: Path) -> Manifest:
    try:
        manifest = json.loads((path / MANIFEST).read_bytes())
    except OSError as fault:
        got = cause(fault)
    except ValueError:
        got = f"a {MANIFEST} that is not JSON"
    else:
        if isinstance(manifest, dict):
            return manifest
        got = f"a {MANIFEST} of another kind"
    raise UsageError(
        "the folder holds no run that could be continued",
        where=str(path),
        got=got,
        mend="name another folder, or leave --resume out and name an empty one",
    )


def _require_equal(where: Path, kept: Manifest, wanted: Manifest) -> None:
    for part in [*wanted, *kept]:
        before, now = kept.get(part), wanted.get(part)
        if before == now:
            continue
        if isinstance(before, list) and isinstance(now, list):
            before, now = _first_difference(before, now)
        raise UsageError(
            f"the run in this folder was begun with something else: {part.replace('_', ' ')}",
            where=str(where),
            got=shown(now),
            allowed=shown(before),
            mend="continue it with what it was begun with, or name another folder to begin anew",
        )


def _first_difference(before: Sequence[object], now: Sequence[object]) -> tuple[object, object]:
    return next(pair for pair in zip_longest(before, now) if pair[0] != pair[1])


@contextmanager
def _renamed_when_whole(path: Path) -> Iterator[BinaryIO]:
    unfinished = path.with_name(path.name + UNFINISHED)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(path)
    except OSError as fault:
        raise _unusable(path, fault) from fault


def _unusable(path: Path, fault: OSError) -> StoreError:
    return StoreError(
        "the folder of the run cannot be used",
        where=str(path),
        got=cause(fault),
        mend="make room or check the permissions, then continue with --resume",
    )
