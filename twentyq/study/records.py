"""What each mode says of each picture at its default setting, with the whole story."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from twentyq.engine import Game, play
from twentyq.result import Result, read_outcome
from twentyq.study.run_folder import RunFolder
from twentyq.study.ways import Way

RESULTS = "results.jsonl"
RANKED = 5


@dataclass(frozen=True, slots=True)
class Record:
    """One line of `results.jsonl`: a result, the mode it comes from, and the true label."""

    mode: str
    truth: str
    result: Result

    def to_line(self) -> str:
        """Return the record as one line of JSON."""
        entry = {"mode": self.mode, "truth": self.truth, **self.result.to_dict()}
        return json.dumps(entry, allow_nan=False) + "\n"


def read_results(way: Way, names: Sequence[str], *, traced: bool) -> list[Result]:
    """Play a way for all pictures, and put into words what it says of each.

    Prompts are embedded as if the store had been empty and the pictures one batch.
    """
    game: Game = way.game
    plan, cosines = game.plan, way.cosines.to(game.plan.device)
    embedded = [0] * len(names)
    known: set[int] = set()

    def similarities(group: int, rows: torch.Tensor) -> torch.Tensor:
        if group not in known:
            known.add(group)
            embedded[int(rows.min())] += len(plan.options[group])
        return cosines[:, plan.options_of(group)][rows]

    outcome = play(game, similarities, len(names), detail="brief" if traced else "none")
    return read_outcome(
        plan,
        outcome,
        names,
        embedded,
        decide=game.decide,
        ranking=RANKED,
        reject=None,
        traced=traced,
    )


def write_records(folder: Path, records: Iterable[Record]) -> None:
    """Write `results.jsonl`, one line a picture and mode; raises StoreError."""
    lines = "".join(record.to_line() for record in records)
    RunFolder(folder).write(RESULTS, lines.encode())
