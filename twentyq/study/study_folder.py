"""The folder of a study: what its run is, and its finished pieces, each whole or not there.

A piece is written under another name, brought to the disk and renamed, so a run that is killed at
any moment leaves whole pieces only, and a leftover that the next attempt writes over.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile

import numpy as np

from twentyq.batch.manifest import (
    MANIFEST,
    Manifest,
    dump_manifest,
    names_in,
    normal,
    read_manifest,
    require_equal,
)
from twentyq.batch.whole_file import unusable, whole_file
from twentyq.errors import UsageError

UNFINISHED = ".unfinished"

Arrays = dict[str, np.ndarray[Any, Any]]


@dataclass(frozen=True, slots=True)
class StudyFolder:
    """A folder that belongs to the run of one study."""

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
            raise unusable(path, fault) from fault

    def save(self, piece: str, **arrays: np.ndarray[Any, Any]) -> None:
        """Write a piece, with the same bytes for the same arrays; raises StoreError."""
        with _whole(self.path / piece) as stream:
            np.savez(stream, allow_pickle=False, **arrays)

    def write(self, file: str, content: bytes) -> None:
        """Write a file that is no piece, whole or not at all; raises StoreError."""
        with _whole(self.path / file) as stream:
            stream.write(content)


def open_study_folder(path: Path, manifest: Manifest, *, resume: bool) -> StudyFolder:
    """Begin a run in an empty or new folder, or continue the one that lies there.

    `manifest` says what the run is: everything that its pieces depend on, as JSON. Raises
    UsageError for a folder with content unless `resume` is set, for one that holds no run, and for
    a run with another manifest, whose first difference is named; StoreError for the disk.
    """
    wanted = normal(manifest)
    held = names_in(path)
    if held - {MANIFEST + UNFINISHED}:
        if not resume:
            raise UsageError(
                "the folder is not empty",
                where=str(path),
                got=", ".join(sorted(held)[:5]),
                mend="name another folder, or add --resume to continue the run that lies there",
            )
        require_equal(path, read_manifest(path), wanted)
    else:
        with _whole(path / MANIFEST) as stream:
            stream.write(dump_manifest(wanted))
    return StudyFolder(path)


def _whole(path: Path) -> AbstractContextManager[BinaryIO]:
    return whole_file(path, path.with_name(path.name + UNFINISHED))
