"""Files that are whole or not there, whenever the machine stops."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from twentyq.encoder.faults import cause
from twentyq.errors import StoreError


@contextmanager
def whole_file(path: Path, draft: Path) -> Iterator[BinaryIO]:
    """Give a stream to write; at its end the file is brought to the disk and gets its name.

    Until then it is called `draft`, a name on the same file system that no other process writes;
    what an earlier attempt left there is written over. Raises StoreError for the disk.
    """
    try:
        draft.parent.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
        _sync_folder(path.parent)
    except OSError as fault:
        with suppress(OSError):
            draft.unlink()  # it would keep a full disk full
        raise unusable(path, fault) from fault


def unusable(path: Path, fault: OSError) -> StoreError:
    """Return the error of a disk that cannot hold a run."""
    return StoreError(
        "the folder of the run cannot be used",
        where=str(path),
        got=cause(fault),
        mend="make room or check the permissions, then continue with --resume",
    )


def _sync_folder(folder: Path) -> None:
    # A file's new name is kept by its folder, which only POSIX systems can bring to the disk.
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
