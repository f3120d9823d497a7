"""How the pictures of a run are cut into shards, these into batches, and shared by processes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from twentyq.errors import UsageError, shown


@dataclass(frozen=True, slots=True)
class Batch:
    """Some pictures of a shard, by their rows within it; `first` numbers the first in the run."""

    shard: int
    start: int
    stop: int
    first: int


@dataclass(frozen=True, slots=True)
class Shards:
    """How many pictures each shard holds, `(n_shards,)`, and how many go into a batch."""

    sizes: Sequence[int]
    batch_size: int
    firsts: Sequence[int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "firsts", tuple(accumulate(self.sizes, initial=0)))

    @property
    def pictures(self) -> int:
        """How many pictures there are in all."""
        return self.firsts[-1]

    def batches(self, shard: int) -> Iterator[Batch]:
        """Yield the batches of a shard; the last is what is left."""
        size, first = self.sizes[shard], self.firsts[shard]
        for start in range(0, size, self.batch_size):
            yield Batch(shard, start, min(start + self.batch_size, size), first + start)


def equal_shards(pictures: int, size: int) -> list[int]:
    """Return the sizes of shards of one size, but for the last."""
    return [min(size, pictures - start) for start in range(0, pictures, size)]


@dataclass(frozen=True, slots=True)
class Stride:
    """The shards of one process among several: those whose number is `index` modulo `of`."""

    index: int = 0
    of: int = 1

    def numbers(self, shards: Shards) -> list[int]:
        """Return the numbers of the shards that are this process's; empty ones are nobody's."""
        mine = range(self.index, len(shards.sizes), self.of)
        return [number for number in mine if shards.sizes[number]]


def parse_stride(text: str) -> Stride:
    """Read `i/n`; raises UsageError."""
    written = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text)
    if written is None or not int(written[1]) < int(written[2]):
        raise UsageError(
            "this names no share of the shards",
            where="--shard",
            got=shown(text),
            allowed="i/n with i from 0 to n - 1, such as 0/4, 1/4, 2/4 and 3/4 for four processes",
        )
    return Stride(int(written[1]), int(written[2]))
