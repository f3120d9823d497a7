"""Cases timed in turn, so that a noisy machine troubles all of them alike."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from statistics import median

import torch

Case = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of what was measured in every round, with the smallest and the largest."""

    median: float
    smallest: float
    largest: float

    def times(self, factor: float) -> Spread:
        """Return the same in another unit; `factor` is positive."""
        return Spread(self.median * factor, self.smallest * factor, self.largest * factor)


Seconds = tuple[float, ...]
"""How long one case took, one figure a round."""


def spread(values: Seconds) -> Spread:
    """Return the median, the smallest and the largest."""
    return Spread(median(values), min(values), max(values))


def ratio(case: Seconds, other: Seconds) -> Spread:
    """Return how many times as long as another a case took, round by round.

    The two were timed in the same rounds, so that load which lasts longer than a round cancels.
    """
    return spread(tuple(a / b for a, b in zip(case, other, strict=True)))


def alternate(
    cases: Mapping[str, Case],
    rounds: int,
    at_least: float = 0.0,
    device: torch.device | None = None,
) -> dict[str, Seconds]:
    """Time every case once in each round, after running it once untimed.

    Each round has an order of its own, the same in every run: what ran before makes a case some
    percent faster or slower, and must not always be the same. A case that takes less than
    `at_least` seconds is repeated that long within a round, and the mean of the repetitions is
    taken. A case has ended when `device` has done all it was given.
    """
    repeats = {
        name: max(1, math.ceil(at_least / _seconds(case, 2, device)))
        for name, case in cases.items()
    }
    taken: dict[str, list[float]] = {name: [] for name in cases}
    orders = Random(0)
    for _ in range(rounds):
        for name in orders.sample([*cases], len(cases)):
            taken[name].append(_seconds(cases[name], repeats[name], device))
    return {name: tuple(values) for name, values in taken.items()}


def _seconds(case: Case, repeats: int, device: torch.device | None) -> float:
    _wait_for(device)
    start = time.perf_counter()
    for _ in range(repeats):
        case()
    _wait_for(device)
    return (time.perf_counter() - start) / repeats


def _wait_for(device: torch.device | None) -> None:
    if device is not None and device.type != "cpu":
        torch.accelerator.synchronize(device)
