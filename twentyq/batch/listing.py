"""The list of all pictures of a run: a Parquet file on the disk, with a row group a shard."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from twentyq.batch.sources import Entry
from twentyq.batch.whole_file import whole_file

SCHEMA = pa.schema(
    [
        ("name", pa.binary()),
        ("archive", pa.int32()),
        ("offset", pa.int64()),
        ("size", pa.int64()),
        ("fault", pa.string()),
    ]
)


def write_listing(
    path: Path,
    draft: Path,
    entries: Iterable[Entry],
    shard_size: int,
    tell: Callable[[int], None],
) -> int:
    """Write the list as a whole, a shard in memory at a time, and return how long it is.

    `tell` takes how many pictures have been listed so far. Raises StoreError for the disk, and what
    the entries raise.
    """
    rest, listed = iter(entries), 0
    with whole_file(path, draft) as stream, pq.ParquetWriter(stream, SCHEMA) as writer:
        while shard := list(islice(rest, shard_size)):
            rows = [entry._asdict() for entry in shard]
            writer.write_table(pa.Table.from_pylist(rows, SCHEMA), row_group_size=shard_size)
            listed += len(shard)
            tell(listed)
    return listed


def row_group_sizes(path: Path) -> list[int]:
    """Return how many rows each row group of a Parquet file has."""
    footer = pq.read_metadata(path)
    return [footer.row_group(number).num_rows for number in range(footer.num_row_groups)]


class Listing:
    """The list, read a shard at a time; opened where it is read, so that it can be sent there."""

    def __init__(self, path: Path) -> None:
        """Take the path of a finished list."""
        self._path = path
        self._file: pq.ParquetFile | None = None
        self._last: tuple[int, list[Entry]] = (-1, [])

    def __getstate__(self) -> dict[str, object]:
        return {"_path": self._path, "_file": None, "_last": (-1, [])}

    def shard(self, number: int) -> list[Entry]:
        """Return the pictures of a shard; the last one asked for is remembered."""
        if self._last[0] != number:
            if self._file is None:
                self._file = pq.ParquetFile(self._path)
            columns = self._file.read_row_group(number).to_pydict().values()
            self._last = (number, [Entry(*row) for row in zip(*columns, strict=True)])
        return self._last[1]
