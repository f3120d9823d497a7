"""What each mode says of each picture at its default setting, with the whole story."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from twentyq.engine import kept_similarities, play
from twentyq.result import Result, read_outcome
from twentyq.study.paths import BATCH
from twentyq.study.study_folder import StudyFolder
from twentyq.study.ways import Way

RESULTS = "results.jsonl"
RANKED = 5


@dataclass(frozen=True, slots=True)
class Record:
    """One line of `results.jsonl`: a result, the way it comes from, and the true label."""

    way: Way
    truth: str
    result: Result

    def to_line(self) -> str:
        """Return the record as one line of JSON."""
        told = {"mode": self.way.mode, "name": self.way.name, "truth": self.truth}
        return json.dumps(told | self.result.to_dict(), allow_nan=False) + "\n"


def read_results(way: Way, names: Sequence[str], *, traced: bool) -> list[Result]:
    """Play a way for all pictures, and put into words what it says of each.

    A prompt counts as embedded where the first of all pictures asks it, as from an empty store.
    """
    known: set[int] = set()
    return [
        result
        for first in range(0, len(names), BATCH)
        for result in _read_batch(way, names[first : first + BATCH], first, known, traced)
    ]


def _read_batch(
    way: Way, names: Sequence[str], first: int, known: set[int], traced: bool
) -> list[Result]:
    """Play for the pictures from number `first` on; groups that are asked are added to `known`."""
    plan = way.game.plan
    cosines = way.cosines[first : first + len(names)].to(plan.device)
    outcome = play(
        way.game,
        kept_similarities(plan, cosines),
        len(names),
        resident=way.game.askable,
        numbers=torch.arange(first, first + len(names), device=plan.device),
        detail="brief" if traced else "none",
    )
    embedded = [0] * len(names)
    for group in set(torch.unique(outcome.groups_asked).tolist()) - known - {-1}:
        known.add(group)
        embedded[outcome.first_to_ask(group)] += len(plan.options[group])
    return read_outcome(
        plan,
        outcome,
        names,
        embedded,
        decide=way.game.decide,
        ranking=RANKED,
        reject=None,
        traced=traced,
    )


def write_records(folder: Path, records: Iterable[Record]) -> None:
    """Write `results.jsonl`, one line per picture and way; raises StoreError."""
    lines = "".join(record.to_line() for record in records)
    StudyFolder(folder).write(RESULTS, lines.encode())
