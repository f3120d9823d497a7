"""Embeddings as a source: rows of a `.npy` file or of a Parquet file, read as they are needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch

from twentyq.batch.listing import row_group_sizes
from twentyq.batch.shards import Shards, equal_shards
from twentyq.encoder import Embedded, unit_rows, unusable_rows
from twentyq.encoder.faults import cause
from twentyq.errors import PictureError, UsageError

Vectors = np.ndarray[Any, Any]

BUFFER = 1 << 20  # bytes read at a time, so that no row group is held as a whole
COLUMN = "embedding"


@dataclass(frozen=True, slots=True)
class ArraySource:
    """The rows of a table that numpy has saved, mapped into memory."""

    path: Path
    kind: ClassVar[str] = "npy"

    @property
    def files(self) -> tuple[Path, ...]:
        """The file."""
        return (self.path,)

    def sizes(self, shard_size: int) -> list[int]:
        """Return the sizes of equal shards."""
        table = self._table()
        if table.ndim != 2 or 0 in table.shape or table.dtype.kind not in "fiu":
            raise UsageError(
                "embeddings are a table of numbers with one row per picture",
                where=str(self.path),
                got=f"shape {table.shape} of {table.dtype}",
                allowed="(n, d) of floats",
            )
        return equal_shards(len(table), shard_size)

    def rows(self, shards: Shards, shard: int) -> Iterator[tuple[list[str], Vectors]]:
        """Yield the rows, called by their numbers."""
        table = self._table()
        for batch in shards.batches(shard):
            n_rows = batch.stop - batch.start
            yield _row_names(batch.first, n_rows), table[batch.first : batch.first + n_rows]

    def _table(self) -> Vectors:
        try:
            table: Vectors = np.load(self.path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as fault:
            raise _unreadable(self.path, fault, "write it with numpy.save") from None
        return table


@dataclass(frozen=True, slots=True)
class ParquetSource:
    """The column `embedding` (lists of one length), and `name` where there; a row group a shard."""

    path: Path
    kind: ClassVar[str] = "parquet"

    @property
    def files(self) -> tuple[Path, ...]:
        """The file."""
        return (self.path,)

    def sizes(self, shard_size: int) -> list[int]:  # noqa: ARG002  # the file has cut itself
        """Return the sizes of the row groups."""
        try:
            schema = pq.read_schema(self.path)
            sizes = row_group_sizes(self.path)
        except (OSError, pa.ArrowException) as fault:
            mend = "write it with pyarrow or pandas, as Parquet"
            raise _unreadable(self.path, fault, mend) from None
        kind = schema.field(COLUMN).type if COLUMN in schema.names else None
        if kind is None or not _is_list_of_numbers(kind):
            raise UsageError(
                "an embedding is a list of numbers",
                where=f"{self.path}, column {COLUMN}",
                got=f"columns {', '.join(schema.names)}" if kind is None else str(kind),
                allowed="list<float>",
            )
        if not sum(sizes):
            raise UsageError("the file has no rows", where=str(self.path))
        return sizes

    def rows(self, shards: Shards, shard: int) -> Iterator[tuple[list[str], Vectors]]:
        """Yield the rows, called by their names or else by their numbers.

        Raises UsageError for a row group that cannot be read, or whose lists differ in length.
        """
        try:
            with pq.ParquetFile(self.path, buffer_size=BUFFER, pre_buffer=False) as file:
                wanted = [name for name in (COLUMN, "name") if name in file.schema_arrow.names]
                batches = file.iter_batches(shards.batch_size, [shard], wanted)
                for batch, some in zip(shards.batches(shard), batches, strict=True):
                    names = _row_names(batch.first, len(some))
                    if "name" in wanted:
                        names = list(map(str, some["name"].to_pylist()))
                    yield names, self._rectangle(some[COLUMN], names)
        except (OSError, pa.ArrowException) as fault:
            mend = f"row group {shard} is damaged: write the file again"
            raise _unreadable(self.path, fault, mend) from None

    def _rectangle(self, lists: Any, names: list[str]) -> Vectors:
        """Return a column of lists as a table, `(n, d)`; a missing list is a row of NaN."""
        there = np.flatnonzero(lists.is_valid().to_numpy(zero_copy_only=False))
        whole = lists.drop_null()
        widths = pc.list_value_length(whole).to_numpy()
        width = widths[0] if len(widths) else 1
        odd = np.flatnonzero((widths != width) | (widths == 0))
        if len(odd):
            raise UsageError(
                "embeddings are lists of one length",
                where=f"{self.path}, {names[there[odd[0]]]}",
                got=f"{widths[odd[0]]} numbers",
                allowed=f"{width}, as in {names[there[0]]}",
            )
        table = np.full((len(lists), width), np.nan)
        table[there] = whole.flatten().to_numpy(zero_copy_only=False).reshape(len(whole), width)
        return table


VectorSource = ArraySource | ParquetSource
"""Vectors of pictures, `(n, d)` of any length, that were embedded elsewhere."""


def embed_rows(source: VectorSource, shards: Shards, shard: int) -> Iterator[Embedded]:
    """Yield the batches of a shard; a row without a direction is a fault."""
    first = shards.firsts[shard]
    for names, rows in source.rows(shards, shard):
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite: a fault
            units = unit_rows(torch.from_numpy(np.array(rows, dtype=np.float32)))
        faults = {
            row: PictureError(
                "the embedding has no direction", where=names[row], got="zero, NaN or infinity"
            )
            for row in unusable_rows(units)
        }
        usable = tuple(row for row in range(len(names)) if row not in faults)
        yield Embedded(tuple(names), usable, units[list(usable)], faults, first)
        first += len(names)


def _row_names(first: int, n_rows: int) -> list[str]:
    return [f"row {first + row}" for row in range(n_rows)]


def _is_list_of_numbers(kind: Any) -> bool:
    lists = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    numbers = (pa.types.is_floating, pa.types.is_integer)
    return any(is_list(kind) for is_list in lists) and any(
        is_number(kind.value_type) for is_number in numbers
    )


def _unreadable(path: Path, fault: Exception, mend: str) -> UsageError:
    return UsageError(
        "the file of embeddings cannot be read", where=str(path), got=cause(fault), mend=mend
    )
