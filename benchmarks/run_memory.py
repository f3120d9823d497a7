"""Memory of a run over many pictures, at a quarter, a half and all of them (Linux).

    python benchmarks/run_memory.py --pictures 20000

The pictures are turned and scaled copies of those in examples/. What is printed is the resident
memory of the process and of its workers, and the most that the process has held so far.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from twentyq.batch.beginning import open_run
from twentyq.batch.local import run_here
from twentyq.batch.opening import open_source
from twentyq.batch.prompts import RunPrompts
from twentyq.batch.run_folder import PROMPTS
from twentyq.batch.settings import Settings
from twentyq.encoder import load_encoder, open_picture
from twentyq.system import load_system

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
MARKS = (0.25, 0.5, 0.75, 1.0)
MIB = 2**20


def main() -> None:
    """Draw the pictures, run over them, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=2000)
    parser.add_argument("--shard-size", type=int, default=256)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--system", default="animals")
    parser.add_argument("--encoder", default="builtin")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, out = Path(name) / "pictures", Path(name) / "out"
        draw(folder, given.pictures)
        settings = Settings(system=load_system(given.system), shard_size=given.shard_size)
        classifier = settings.classifier(load_encoder(given.encoder), RunPrompts(out / PROMPTS))
        source = open_source(str(folder))
        run = open_run(
            out, source, settings, classifier, store=None, join=False, tell=lambda _: None
        )
        watch = Watch(given.pictures)
        print("| pictures | resident MiB | of which workers | most so far | pictures/s |")
        print("|---:|---:|---:|---:|---:|")
        shards = range(len(run.shards.sizes))
        run_here(classifier, source, run, shards, workers=given.workers, tell=watch.count)


@dataclass
class Watch:
    """Counts pictures, and prints a line at each mark."""

    total: int
    done: int = 0
    begun: float = field(default_factory=time.perf_counter)

    def count(self, n_more: int) -> None:
        """Count some pictures more."""
        marks = [mark for mark in MARKS if self.done < mark * self.total <= self.done + n_more]
        self.done += n_more
        if marks:
            own, workers = resident(os.getpid()), sum(map(resident, descendants(os.getpid())))
            most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            rate = self.done / (time.perf_counter() - self.begun)
            print(
                f"| {self.done} | {(own + workers) / MIB:.0f} | {workers / MIB:.0f} | "
                f"{most / MIB:.0f} | {rate:.1f} |",
                flush=True,
            )


def draw(folder: Path, count: int) -> None:
    """Save turned and scaled copies of the examples, a thousand in a folder."""
    rng = np.random.default_rng(0)
    examples = [open_picture(path) for path in sorted(EXAMPLES.glob("*.png"))]
    for number in range(count):
        path = folder / f"{number // 1000:04}" / f"{number:08}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        turned = examples[number % len(examples)].rotate(rng.uniform(-30, 30), fillcolor="white")
        turned.resize((int(rng.integers(64, 257)), int(rng.integers(64, 257)))).save(path)


def resident(process: int) -> int:
    """Return the bytes of a process that lie in memory, 0 where it has ended."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * resource.getpagesize()


def descendants(process: int) -> Iterator[int]:
    """Yield the processes that a process has begun, and theirs."""
    try:
        threads = list(Path(f"/proc/{process}/task").iterdir())
        begun = [int(word) for t in threads for word in (t / "children").read_text().split()]
    except OSError:
        return
    for child in begun:
        yield child
        yield from descendants(child)


if __name__ == "__main__":
    main()
