"""The folder of a run: its manifest, its list of pictures, and its parts.

    prompts.npz                    the prompts' vectors
    pictures.parquet               the list of pictures; there is none for embeddings
    run.json                       what the run is; it has begun when this is there
    results/part-00000.parquet     what is said of the pictures of shard 0
    failures/part-00000.parquet    its pictures that failed
    .scratch/                      drafts, and who is at work on what

Several processes work in one folder: a lock, which dies with its process, tells who makes a shard.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout

from twentyq.batch.parts import Part, rows_of_part, write_part
from twentyq.batch.shards import Shards
from twentyq.batch.whole_file import unusable, whole_file

PROMPTS = "prompts.npz"
LISTING = "pictures.parquet"
RESULTS = "results"
FAILURES = "failures"
SCRATCH = ".scratch"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of a run that has begun; `run` is the digest of its manifest.

    `prompts_embedded` counts what the text encoder did for it in this process.
    """

    path: Path
    run: str
    shards: Shards
    prompts_embedded: int
    _locks: dict[int, FileLock] = field(default_factory=dict, init=False, repr=False)

    @property
    def listing(self) -> Path:
        """Where the list of pictures lies."""
        return self.path / LISTING

    def part(self, kind: str, shard: int) -> Path:
        """Return where the part of a shard lies; `kind` is `results` or `failures`."""
        return self.path / kind / _part_name(shard)

    def has(self, shard: int) -> bool:
        """Tell whether a shard is done: both its files are whole, its own, and of its length."""
        rows = [
            rows_of_part(self.part(kind, shard), self._signature(kind, shard))
            for kind in (RESULTS, FAILURES)
        ]
        return None not in rows and sum(filter(None, rows)) == self.shards.sizes[shard]

    def claim(self, numbers: Iterable[int]) -> Iterator[int]:
        """Yield the shards that are still to be made, each locked until its part is kept.

        Shards that another process is making are passed over. Raises StoreError for the disk.
        """
        for shard in numbers:
            lock = FileLock(self.path / SCRATCH / f"{_part_name(shard)}.lock", timeout=0)
            try:
                lock.acquire()
            except Timeout:
                continue
            except OSError as fault:
                raise unusable(self.path, fault) from fault
            self._locks[shard] = lock
            if self.has(shard):
                self._forget(shard)
            else:
                yield shard

    def keep(self, part: Part) -> None:
        """Write the part of a claimed shard, and give the claim back; raises StoreError."""
        for kind, table in ((FAILURES, part.failures), (RESULTS, part.results)):
            path = self.part(kind, part.shard)
            with whole_file(path, self.path / SCRATCH / f"{kind}-{path.name}") as file:
                write_part(table, file, self._signature(kind, part.shard))
        self._forget(part.shard)

    def give_back(self) -> None:
        """Give back every claim to a shard that was not made."""
        while self._locks:
            self._locks.popitem()[1].release()

    def _signature(self, kind: str, shard: int) -> str:
        return f"{self.run} {kind} {shard}"

    def _forget(self, shard: int) -> None:
        """Give back the claim to a shard that is done."""
        lock = self._locks.pop(shard)
        # Whoever gets hold of the lock from now on finds the shard done.
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def _part_name(shard: int) -> str:
    return f"part-{shard:05}.parquet"
