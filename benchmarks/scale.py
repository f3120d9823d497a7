"""How fast runs are here, alone and on a Ray cluster of this machine, and what 10⁸ pictures take.

    python benchmarks/scale.py --pictures 4000

The pictures are those of run_memory.py. Every process computes on one thread. A rate is that of the
second half of a run: starting is over, and is not counted.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before torch is imported

import argparse
import tempfile
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from run_memory import draw

from twentyq.batch.beginning import open_run
from twentyq.batch.cluster import Actors, run_on_cluster
from twentyq.batch.local import run_here
from twentyq.batch.opening import open_source
from twentyq.batch.prompts import RunPrompts
from twentyq.batch.run_folder import FAILURES, PROMPTS, RESULTS, RunFolder
from twentyq.batch.settings import Settings
from twentyq.encoder import load_encoder
from twentyq.system import load_system

MANY = 100_000_000
DAY = 24 * 60 * 60


def main() -> None:
    """Measure, and print the table and the arithmetic."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=4000)
    parser.add_argument("--shard-size", type=int, default=128)
    parser.add_argument("--system", default="animals")
    parser.add_argument("--actors", type=int, default=os.cpu_count())
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "pictures"
        draw(folder, given.pictures)
        settings = Settings(system=load_system(given.system), shard_size=given.shard_size)
        backends = {"local": None, "ray, 1 actor": 1, f"ray, {given.actors} actors": given.actors}
        rates = {
            backend: measure(folder, Path(name) / f"out-{i}", settings, given.pictures, actors)
            for i, (backend, actors) in enumerate(backends.items())
        }
        bytes_each = parts_size(Path(name) / "out-0") / given.pictures
    print("| backend | pictures/s | of local's, an actor |")
    print("|---|---:|---:|")
    for backend, rate in rates.items():
        each = rate / (backends[backend] or 1) / rates["local"]
        print(f"| {backend} | {rate:.1f} | {each:.0%} |")
    per_core = rates[f"ray, {given.actors} actors"] / given.actors
    days = MANY / per_core / DAY
    print(f"\n10⁸ pictures at {per_core:.1f} a second and core: {days:.1f} days of one core,")
    print(f"{days * 24 / 64:.1f} hours of 64, {days * 24 / 1000:.2f} hours of 1,000;")
    print(f"their parts, at {bytes_each:.0f} bytes a picture: {MANY * bytes_each / 1e9:.0f} GB")


def measure(pictures: Path, out: Path, settings: Settings, total: int, actors: int | None) -> float:
    """Run over all pictures, here or by actors on this machine, and return pictures a second."""
    load = partial(load_encoder, "builtin", "cpu")
    source = open_source(str(pictures))
    classifier = settings.classifier(load(), RunPrompts(out / PROMPTS))
    run: RunFolder = open_run(
        out, source, settings, classifier, store=None, join=False, tell=lambda _: None
    )
    shards = range(len(run.shards.sizes))
    watch = Watch(total)
    if actors is None:
        run_here(classifier, source, run, shards, workers=0, tell=watch.count)
    else:
        run_on_cluster(
            classifier, source, run, shards, settings=settings, load=load,
            actors=Actors(count=actors), workers=0, address=None, tell=watch.count,
        )  # fmt: skip
    return watch.rate()


@dataclass
class Watch:
    """Counts pictures, and knows when half of them and all were done."""

    total: int
    done: int = 0
    half: tuple[int, float] | None = None
    end: float = field(default_factory=time.perf_counter)

    def count(self, n_more: int) -> None:
        """Count some pictures more."""
        self.done += n_more
        self.end = time.perf_counter()
        if self.half is None and self.done >= self.total / 2:
            self.half = (self.done, self.end)

    def rate(self) -> float:
        """Return pictures a second, of the second half."""
        assert self.half is not None
        done, begun = self.half
        return (self.done - done) / (self.end - begun)


def parts_size(out: Path) -> int:
    """Return the bytes of all parts."""
    return sum(
        part.stat().st_size for kind in (RESULTS, FAILURES) for part in (out / kind).iterdir()
    )


if __name__ == "__main__":
    main()
