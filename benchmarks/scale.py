"""How fast runs are here, by processes and by actors of Ray, and what 10⁸ pictures take.

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
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from run_memory import draw

from twentyq.batch.beginning import open_run
from twentyq.batch.cluster import Actors, run_on_cluster
from twentyq.batch.local import run_here
from twentyq.batch.opening import open_source
from twentyq.batch.prompts import RunPrompts
from twentyq.batch.run_folder import FAILURES, PROMPTS, RESULTS, RunFolder
from twentyq.batch.settings import Settings
from twentyq.batch.shards import Stride
from twentyq.batch.sources import PictureSource
from twentyq.batch.vectors import VectorSource
from twentyq.classifier import Classifier
from twentyq.encoder import Encoder, load_encoder
from twentyq.system import load_system

MANY = 100_000_000
DAY = 24 * 60 * 60


def main() -> None:
    """Measure, and print the table and the arithmetic."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=4000)
    parser.add_argument("--shard-size", type=int, default=128)
    parser.add_argument("--system", default="animals")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, n = Path(name), given.processes
        draw(folder / "pictures", given.pictures)
        settings = Settings(system=load_system(given.system), shard_size=given.shard_size)
        run = partial(Run, folder / "pictures", settings)
        rates = {
            "1 process": run(folder / "alone").here(Stride()),
            f"{n} processes": run(folder / "together").in_processes(n),
            "ray, 1 actor": run(folder / "actor").on_ray(1),
            f"ray, {n} actors": run(folder / "actors").on_ray(n),
        }
        bytes_each = parts_size(folder / "alone") / given.pictures
    print("| run by | pictures/s |")
    print("|---|---:|")
    for who, rate in rates.items():
        print(f"| {who} | {rate:.1f} |")
    each = rates[f"ray, {n} actors"] / n
    days = MANY / each / DAY
    print(f"\n10⁸ pictures at {each:.1f} a second and core: {days:.1f} days of one core,")
    print(f"{days * 24 / 64:.1f} hours of 64, {days * 24 / 1000:.2f} hours of 1,000;")
    print(f"their parts, at {bytes_each:.0f} bytes a picture: {MANY * bytes_each / 1e9:.0f} GB")


@dataclass(frozen=True)
class Run:
    """A run over all pictures; its methods return pictures a second."""

    pictures: Path
    settings: Settings
    out: Path

    def here(self, stride: Stride) -> float:
        """Run over some shards in this process."""
        classifier, source, folder = self.opened()
        numbers = stride.numbers(folder.shards)
        watch = Watch(sum(folder.shards.sizes[number] for number in numbers))
        run_here(classifier, source, folder, numbers, workers=0, tell=watch.count)
        return watch.rate()

    def in_processes(self, n: int) -> float:
        """Run over all shards in so many processes at the same time."""
        strides = [Stride(index, n) for index in range(n)]
        with ProcessPoolExecutor(n, mp_context=get_context("spawn")) as processes:
            return sum(processes.map(self.here, strides))

    def on_ray(self, n: int) -> float:
        """Run over all shards by so many actors on this machine."""
        classifier, source, folder = self.opened()
        watch = Watch(folder.shards.pictures)
        run_on_cluster(
            classifier,
            source,
            folder,
            range(len(folder.shards.sizes)),
            settings=self.settings,
            load=load,
            actors=Actors(count=n),
            workers=0,
            address=None,
            tell=watch.count,
        )
        return watch.rate()

    def opened(self) -> tuple[Classifier, PictureSource | VectorSource, RunFolder]:
        """Return what plays, what it looks at, and where it writes."""
        source = open_source(str(self.pictures))
        classifier = self.settings.classifier(load(), RunPrompts(self.out / PROMPTS))
        folder = open_run(
            self.out, source, self.settings, classifier, store=None, join=True, tell=lambda _: None
        )
        return classifier, source, folder


def load() -> Encoder:
    """Return the builtin encoder, on the CPU."""
    return load_encoder("builtin", "cpu")


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
