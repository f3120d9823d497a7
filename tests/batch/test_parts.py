"""Batches joined to shards, whatever order they come in."""

import random

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from twentyq.batch.parts import FAILURES, Part, join_batches
from twentyq.batch.shards import Shards


def batches_of(shards: Shards, failing: set[int]) -> list[Part]:
    """What could be said of each batch: a picture's name is its number, and some have failed."""
    said = []
    for shard in range(len(shards.sizes)):
        for batch in shards.batches(shard):
            pictures = range(batch.first, batch.first + batch.stop - batch.start)
            good = [str(number) for number in pictures if number not in failing]
            bad = [
                {"picture": str(number), "reason": "torn", "error": "torn"}
                for number in pictures
                if number in failing
            ]
            results = pa.table({"picture": pa.array(good, pa.string())})
            said.append(Part(shard, batch.first, results, pa.Table.from_pylist(bad, FAILURES)))
    return said


@given(
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=5),
    batch_size=st.integers(1, 4),
    failing=st.sets(st.integers(0, 40)),
    seed=st.integers(),
    twice=st.integers(0, 10),
)
def test_every_picture_is_in_its_shard_once_and_in_order(sizes, batch_size, failing, seed, twice):
    shards = Shards(sizes, batch_size)
    said = batches_of(shards, failing)
    chance = random.Random(seed)
    coming = said + chance.choices(said, k=twice)
    chance.shuffle(coming)
    told: list[int] = []
    joined = {part.shard: part for part in join_batches(coming, shards, told.append)}
    assert sum(told) == shards.pictures
    assert len(joined) == len(sizes)
    for shard, size in enumerate(sizes):
        first = shards.firsts[shard]
        numbers = range(first, first + size)
        part = joined[shard]
        assert (part.first, part.n_images) == (first, size)
        assert part.results["picture"].to_pylist() == [
            str(number) for number in numbers if number not in failing
        ]
        assert part.failures["picture"].to_pylist() == [
            str(number) for number in numbers if number in failing
        ]


def test_a_shard_of_which_a_batch_is_missing_is_not_given():
    shards = Shards([4, 2], 2)
    first, _, last = batches_of(shards, set())
    assert [part.shard for part in join_batches([first, last], shards, lambda _: None)] == [1]
