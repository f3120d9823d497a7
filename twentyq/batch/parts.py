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
    """All that is said of one shard, or of one batch of it.

    `first` is the number of its first picture within the whole run.
    """

    shard: int
    first: int
    results: pa.Table
    failures: pa.Table

    @property
    def n_images(self) -> int:
        """How many pictures it speaks of."""
        return len(self.results) + len(self.failures)


def classify_batch(classifier: Classifier, shard: int, batch: Embedded) -> Part:
    """Classify one batch of a shard."""
    schema = RESULTS if classifier.trace == "none" else TRACED
    said = classifier.classify_embedded(batch)
    results = [one.to_dict() for one in said if isinstance(one, Result)]
    failures = [_failure(one) for one in said if isinstance(one, Failure)]
    return Part(
        shard,
        batch.first,
        pa.Table.from_pylist(results, schema),
        pa.Table.from_pylist(failures, FAILURES),
    )


def join_batches(
    batches: Iterable[Part], shards: Shards, tell: Callable[[int], None]
) -> Iterator[Part]:
    """Yield each shard when all its batches are there, whatever the order they come in.

    A batch that comes twice counts once. `tell` takes how many pictures each batch had.
    """
    waiting: dict[int, dict[int, Part]] = {}
    missing = list(shards.sizes)
    for batch in batches:
        of_shard = waiting.setdefault(batch.shard, {})
        if not missing[batch.shard] or batch.first in of_shard:
            continue
        of_shard[batch.first] = batch
        missing[batch.shard] -= batch.n_images
        tell(batch.n_images)
        if not missing[batch.shard]:
            parts = [of_shard[first] for first in sorted(of_shard)]
            yield Part(
                batch.shard,
                parts[0].first,
                pa.concat_tables(part.results for part in parts),
                pa.concat_tables(part.failures for part in parts),
            )
            of_shard.clear()


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


def _failure(failed: Failure) -> dict[str, str]:
    error = failed.error
    return {"picture": failed.picture, "reason": error.what, "error": str(error)}
