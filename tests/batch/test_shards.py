import pytest
from hypothesis import given
from hypothesis import strategies as st

from twentyq.batch.shards import Shards, Stride, equal_shards, parse_stride
from twentyq.errors import UsageError


@given(st.lists(st.integers(0, 20), min_size=1, max_size=8), st.integers(1, 7))
def test_batches_hold_every_picture_once_in_order(sizes, batch_size):
    shards = Shards(sizes, batch_size)
    numbered = []
    for shard, size in enumerate(sizes):
        rows = []
        for batch in shards.batches(shard):
            assert batch.shard == shard
            assert 0 < batch.stop - batch.start <= batch_size
            rows += range(batch.start, batch.stop)
            numbered += range(batch.first, batch.first + batch.stop - batch.start)
        assert rows == list(range(size))
    assert numbered == list(range(shards.pictures)) == list(range(sum(sizes)))


@given(st.integers(0, 100), st.integers(1, 30))
def test_equal_shards_are_full_but_the_last(pictures, size):
    sizes = equal_shards(pictures, size)
    assert sum(sizes) == pictures
    assert all(each == size for each in sizes[:-1])
    assert all(0 < each <= size for each in sizes)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=20), st.integers(1, 6))
def test_shares_take_every_shard_once_but_empty_ones(sizes, of):
    shards = Shards(sizes, 2)
    taken = [number for index in range(of) for number in Stride(index, of).numbers(shards)]
    assert sorted(taken) == [number for number, size in enumerate(sizes) if size]


def test_a_share_is_written_with_the_first_as_0():
    assert parse_stride("0/1") == Stride(0, 1) == Stride()
    assert parse_stride("3/12") == Stride(3, 12)
    assert Stride(1, 3).numbers(Shards([1] * 8, 1)) == [1, 4, 7]


@pytest.mark.parametrize("text", ["4/4", "0/0", "1", "-1/4", "1/4/2", "a/b", "1/", "9" * 40 + "/1"])
def test_what_is_no_share_is_refused(text):
    with pytest.raises(UsageError, match="--shard: this names no share") as caught:
        parse_stride(text)
    assert "0/4, 1/4, 2/4 and 3/4" in str(caught.value)
