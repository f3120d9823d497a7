"""Labelled vectors of pictures that were embedded elsewhere: an `.npz` or a Parquet file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch

from twentyq.encoder import unit_rows, unusable_rows
from twentyq.encoder.faults import cause
from twentyq.errors import UsageError
from twentyq.study.sources.given import Given


def read_npz(path: Path) -> Given:
    """Take the arrays embeddings `(n, d)`, labels `(n,)` and, where there, names `(n,)`.

    Raises UsageError for a file without them, arrays of other shapes, and vectors without a
    direction.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            held = {key: file[key] for key in ("embeddings", "labels", "names") if key in file}
            others = sorted(file.files)
    except (OSError, ValueError, EOFError, BadZipFile) as fault:
        raise UsageError(
            "the file of embeddings cannot be read",
            where=str(path),
            got=cause(fault),
            mend="write it with numpy.savez, labels and names as arrays of text and not of objects",
        ) from None
    _require(path, {"embeddings", "labels"}, set(held), others, "array")
    for key in ("labels", "names"):
        if key in held and held[key].shape != held["embeddings"].shape[:1]:
            raise UsageError(
                f"there is one of {key} for each row of embeddings",
                where=f"{path}, {key}",
                got=f"shape {held[key].shape} beside embeddings of {held['embeddings'].shape}",
                allowed="(n,) beside (n, d)",
            )
    return _given(path, held["embeddings"], held["labels"].tolist(), held.get("names"))


def read_parquet(path: Path) -> Given:
    """Take the columns embedding (lists of one length), label and, where there, name.

    Raises UsageError as `read_npz` does.
    """
    try:
        with pq.ParquetFile(path) as file:
            columns = file.schema_arrow.names
            wanted = [name for name in ("embedding", "label", "name") if name in columns]
            table = file.read(columns=wanted)
    except (OSError, pa.ArrowException) as fault:
        raise UsageError(
            "the file of embeddings cannot be read",
            where=str(path),
            got=cause(fault),
            mend="write it with pyarrow or pandas, as Parquet",
        ) from None
    _require(path, {"embedding", "label"}, set(wanted), columns, "column")
    names = table["name"].to_pylist() if "name" in wanted else None
    return _given(path, _rectangle(path, table["embedding"]), table["label"].to_pylist(), names)


def _require(
    path: Path, needed: set[str], held: set[str], others: Sequence[str], kind: str
) -> None:
    if missing := sorted(needed - held):
        raise UsageError(
            f"the file lacks the {kind} {' and '.join(missing)}",
            where=str(path),
            got=", ".join(others) or f"no {kind} at all",
            allowed=", ".join(sorted(needed)),
        )


def _rectangle(path: Path, column: Any) -> np.ndarray[Any, Any]:
    """Return a column of lists of numbers as an array, `(n, d)`."""
    kind = column.type
    lists = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    if not (any(is_list(kind) for is_list in lists) and _is_number(kind.value_type)):
        raise UsageError(
            "an embedding is a list of numbers",
            where=f"{path}, column embedding",
            got=str(kind),
            allowed="list<float>",
        )
    widths = pc.unique(pc.list_value_length(column)).to_pylist()
    if len(widths) > 1 or None in widths:
        raise UsageError(
            "embeddings are lists of one length",
            where=f"{path}, column embedding",
            got="lengths " + ", ".join("none" if w is None else str(w) for w in widths[:5]),
        )
    values: np.ndarray[Any, Any] = pc.list_flatten(column).to_numpy()
    return values.reshape(len(column), widths[0] if widths else 0)


def _is_number(kind: Any) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))


def _given(
    path: Path, embeddings: np.ndarray[Any, Any], labels: Sequence[Any], names: Any
) -> Given:
    if embeddings.ndim != 2 or 0 in embeddings.shape or embeddings.dtype.kind not in "fiu":
        raise UsageError(
            "embeddings are a table of numbers with one row per picture",
            where=str(path),
            got=f"shape {embeddings.shape} of {embeddings.dtype}",
            allowed="(n, d) of floats",
        )
    called = [f"row {i}" for i in range(len(labels))] if names is None else list(map(str, names))
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, and is named
        vectors = np.array(embeddings, dtype=np.float32)
    if bad := unusable_rows(unit_rows(torch.from_numpy(vectors))):
        raise UsageError(
            f"{len(bad)} of {len(vectors)} embeddings have no direction",
            where=f"{path}, {called[bad[0]]}",
            got="zero, NaN or infinity",
            mend="leave these rows out, or embed their pictures again",
        )
    texts = ["" if label is None else str(label) for label in labels]
    return Given(called, texts, vectors=vectors)
