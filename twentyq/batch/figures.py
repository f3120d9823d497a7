"""What a run has come to so far, read from its parts one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from twentyq.batch.run_folder import FAILURES, RESULTS, RunFolder
from twentyq.encoder.faults import cause
from twentyq.errors import StoreError


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts over the parts that are there.

    `labels` counts pictures by label, None for those below `--reject`; `reasons` counts failed
    pictures by what is wrong with them. `stopped_early` counts pictures that spent fewer prompts
    than there are to tell classes apart.
    """

    shards: int
    labels: Counter[str | None]
    reasons: Counter[str]
    prompts_spent: int
    stopped_early: int


def read_figures(folder: RunFolder, numbers: Iterable[int], useful_prompts: int) -> Figures:
    """Add up the parts of some shards; those that are not done are left out.

    `useful_prompts` is what can tell classes apart; who spent less has stopped early. Raises
    StoreError for a part that is damaged within.
    """
    done = [number for number in numbers if folder.has(number)]
    labels: Counter[str | None] = Counter()
    reasons: Counter[str] = Counter()
    spent = early = 0
    for number in done:
        part = _read(folder.part(RESULTS, number), ["label", "prompts_spent"])
        labels.update(_counted(part["label"]))
        spent += pc.sum(part["prompts_spent"]).as_py() or 0
        early += pc.sum(pc.less(part["prompts_spent"], useful_prompts)).as_py() or 0
        reasons.update(_counted(_read(folder.part(FAILURES, number), ["reason"])["reason"]))
    return Figures(len(done), labels, reasons, spent, early)


def _read(path: Path, columns: list[str]) -> pa.Table:
    try:
        with pq.ParquetFile(path) as file:
            return file.read(columns)
    except (OSError, pa.ArrowException) as fault:
        raise StoreError(
            "a part of the run is damaged",
            where=str(path),
            got=cause(fault),
            mend="remove it, and make it again with --resume",
        ) from None


def _counted(column: pa.ChunkedArray) -> dict[Any, int]:
    return {row["values"]: row["counts"] for row in pc.value_counts(column).to_pylist()}
