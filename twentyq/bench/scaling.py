"""What one question costs as systems grow, and the memory that takes."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from twentyq.bench.drawn import Size, draw_plan, draw_vectors
from twentyq.bench.timing import Spread, alternate, spread
from twentyq.engine import Game, parse_stop, play

OPTIONS = 10
BATCH = 64
N_QUESTIONS = 4
SMALLEST_ENTRIES = 10_000
DIMENSIONS = 64
PROC_STATUS = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class Step:
    """One size on the way up.

    size         N, G, K and the batch
    question     milliseconds a picture for one question: choice, answer, belief, stop rule
    peak_memory  bytes, the most that its process has held, Python and torch included
    """

    size: Size
    question: Spread
    peak_memory: int

    @property
    def entries(self) -> int:
        """N · Q."""
        return self.size.classes * self.size.prompts

    @property
    def per_entry(self) -> float:
        """Nanoseconds a picture and entry of N · Q; level where cost grows linearly."""
        return 1e6 * self.question.median / self.entries


def sizes(most: int) -> list[Size]:
    """Return systems of equally many classes and prompts or ten times as many of one, up to `most`.

    In rising order of N · Q.
    """
    axis = [n for n in (100, 1000, 10_000) if n <= most]
    pairs = sorted(((n, q) for n in axis for q in axis), key=lambda pair: pair[0] * pair[1])
    return [Size(n, q // OPTIONS, OPTIONS, BATCH) for n, q in pairs if n * q >= SMALLEST_ENTRIES]


def measure_scaling(steps: Sequence[Size], rounds: int) -> Iterator[Step]:
    """Measure play of a few questions on drawn systems, one size after the other.

    Each has a process of its own, so that its memory is its own, and sizes are not alternated: the
    largest alone fills the memory that is allowed.
    """
    fresh = get_context("spawn")
    for size in steps:
        with ProcessPoolExecutor(1, mp_context=fresh) as alone:
            yield alone.submit(_measure, size, rounds).result()


def _measure(size: Size, rounds: int) -> Step:
    plan = draw_plan(size)
    pictures = draw_vectors(size.batch, DIMENSIONS, seed=1)
    prompts = draw_vectors(size.prompts, DIMENSIONS, seed=2)
    n_questions = min(N_QUESTIONS, size.groups)
    game = Game(plan, 25.0, stop=parse_stop(f"questions:{n_questions}"))
    cosines = pictures @ prompts.T
    taken = alternate(
        {
            "play": lambda: play(
                game, lambda group, rows: cosines[rows, plan.options_of(group)], size.batch
            )
        },
        rounds,
    )
    return Step(
        size=size,
        question=spread(taken["play"]).times(1000 / (size.batch * n_questions)),
        peak_memory=peak_memory(),
    )


def peak_memory() -> int:
    """Return the most bytes of memory this process has held, or 0 where that is not told."""
    if PROC_STATUS.exists():
        # On Linux getrusage also counts what the process held before it became this program.
        kib = re.search(r"^VmHWM:\s+(\d+) kB$", PROC_STATUS.read_text(), re.MULTILINE)
        return 1024 * int(kib[1]) if kib else 0
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
