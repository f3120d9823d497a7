"""What is said of a shard's pictures, as two Parquet files: results and failures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from twentyq.batch.shards import Shards
from twentyq.classifier import Classifier
from twentyq.encoder import Embedded
from twentyq.result import Failure, Result

SIGNATURE = b"twentyq.part"
RANKING = pa.struct([("label", pa.string()), ("score", pa.float64()), ("posterior", pa.float64())])
RESULTS = pa.schema(
    [
        ("picture", pa.string()),
        ("label", pa.string()),
        ("posterior", pa.float64()),
        ("probability", pa.float64()),
        ("prompts_spent", pa.int32()),
        ("groups_asked", pa.list_(pa.string())),
        ("stop_reason", pa.string()),
        ("ranking", pa.list_(RANKING)),
        ("tied_with", pa.list_(pa.string())),
    ]
)
RIVAL = pa.struct(
    [("group", pa.string()), ("value", pa.float64()), ("expected_bits", pa.float64())]
)
BELIEF = pa.struct([("class", pa.string()), ("posterior", pa.float64())])
STEP = pa.struct(
    [
        ("group", pa.string()),
        ("expected_bits", pa.float64()),
        ("realised_bits", pa.float64()),
        ("rivals", pa.list_(RIVAL)),
        ("answer", pa.map_(pa.string(), pa.float64())),
        ("best", pa.list_(BELIEF)),
        ("label", pa.string()),
        ("posterior", pa.float64()),
    ]
)
TRACED = RESULTS.append(pa.field("trace", pa.list_(STEP)))
FAILURES = pa.schema([("picture", pa.string()), ("reason", pa.string()), ("error", pa.string())])


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """All that is said of one shard."""

    shard: int
    results: pa.Table
    failures: pa.Table


def make_parts(
    classifier: Classifier,
    batches: Iterable[tuple[int, Embedded]],
    shards: Shards,
    tell: Callable[[int], None],
) -> Iterator[Part]:
    """Classify the batches of one shard after the other, and yield each part when it is whole.

    `tell` takes how many pictures each batch had.
    """
    schema = RESULTS if classifier.trace == "none" else TRACED
    results: list[pa.Table] = []
    failures: list[pa.Table] = []
    rows = 0
    for shard, batch in batches:
        said = classifier.classify_embedded(batch)
        good = [one for one in said if isinstance(one, Result)]
        results.append(pa.Table.from_pylist([one.to_dict() for one in good], schema))
        failures.append(_failures(one for one in said if isinstance(one, Failure)))
        rows += len(said)
        tell(len(said))
        if rows == shards.sizes[shard]:
            yield Part(shard, pa.concat_tables(results), pa.concat_tables(failures))
            results, failures, rows = [], [], 0


def write_part(table: pa.Table, stream: Any, signature: str) -> None:
    """Write one table, with the same bytes for the same rows; `signature` says which part it is."""
    signed = table.replace_schema_metadata({SIGNATURE: signature})
    pq.write_table(signed, stream, compression="zstd")


def rows_of_part(path: Path, signature: str) -> int | None:
    """Return how many rows a part has; None where it is not there, torn, or another one."""
    try:
        footer = pq.read_metadata(path)
    except (OSError, pa.ArrowException):
        return None
    ours = (footer.metadata or {}).get(SIGNATURE) == signature.encode()
    return footer.num_rows if ours else None


def _failures(failed: Iterable[Failure]) -> pa.Table:
    rows = [
        {"picture": one.picture, "reason": one.error.what, "error": str(one.error)}
        for one in failed
    ]
    return pa.Table.from_pylist(rows, FAILURES)
