"""From what stands on the command line to a source."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from twentyq.batch.archives import ARCHIVE
from twentyq.batch.sources import ArchiveSource, PictureSource, TableSource, open_folder
from twentyq.batch.vectors import ArraySource, ParquetSource, VectorSource
from twentyq.errors import UsageError, shown

_OF_FILES: dict[str, Callable[[Path], PictureSource | VectorSource]] = {
    ".csv": TableSource,
    ARCHIVE: ArchiveSource,
    ".npy": ArraySource,
    ".parquet": ParquetSource,
}


def open_source(written: str) -> PictureSource | VectorSource:
    """Return the source that a path stands for; raises UsageError where it is none."""
    path = Path(written)
    if os.path.isdir(written):  # noqa: PTH112  # Path.is_dir raises where a name is too long
        return open_folder(path)
    kind = _OF_FILES.get(path.suffix.lower())
    if kind is None or not os.path.isfile(written):  # noqa: PTH113  # the same
        raise UsageError(
            "there is no such source of pictures",
            where="SOURCE",
            got=shown(written),
            allowed="a folder of pictures or of .tar archives, a .csv file of paths, a .tar "
            "archive, or a .npy or .parquet file of embeddings",
            mend=None if kind is None else "check the path: there is no such file",
        )
    return kind(path)
