import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from twentyq.authoring.refining.splitting import Part, SplitBy, split_pictures
from twentyq.errors import UsageError

some_counts = st.lists(st.integers(0, 9), min_size=3, max_size=8).filter(
    lambda counts: sum(count > 0 for count in counts) >= 3
)


def truth_of(counts):
    return torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))


@given(some_counts, st.sampled_from(list(SplitBy)), st.integers(0, 5))
def test_the_same_pictures_are_always_split_alike_and_no_part_is_empty(counts, by, seed):
    truth = truth_of(counts)
    parts = split_pictures(truth, by, seed)
    assert torch.equal(parts, split_pictures(truth, by, seed))
    assert set(parts.tolist()) == set(Part)


@given(some_counts, st.integers(0, 5))
def test_by_picture_each_label_is_spread_evenly(counts, seed):
    truth = truth_of(counts)
    parts = split_pictures(truth, SplitBy.PICTURE, seed)
    for label in truth.unique():
        sizes = torch.bincount(parts[truth == label], minlength=3)
        assert sizes.max() - sizes.min() <= 1
    sizes = torch.bincount(parts, minlength=3)
    assert sizes.max() - sizes.min() <= 1


@given(some_counts, st.integers(0, 5))
def test_by_class_each_label_stays_together(counts, seed):
    truth = truth_of(counts)
    parts = split_pictures(truth, SplitBy.CLASS, seed)
    labels = [parts[truth == label].unique() for label in truth.unique()]
    assert all(len(of_label) == 1 for of_label in labels)
    sizes = torch.bincount(torch.cat(labels), minlength=3)
    assert sizes.max() - sizes.min() <= 1


def test_twelve_of_each_of_a_hundred_give_four_to_each_part():
    truth = torch.arange(100).repeat(12)
    parts = split_pictures(truth, SplitBy.PICTURE, 0)
    assert torch.equal(torch.bincount(truth * 3 + parts), torch.full((300,), 4, dtype=torch.int64))


def test_another_seed_gives_another_split():
    truth = truth_of([9, 9, 9])
    first, second = (split_pictures(truth, SplitBy.PICTURE, seed) for seed in (0, 1))
    assert not torch.equal(first, second)


@pytest.mark.parametrize(
    ("by", "truth", "got"),
    [
        (SplitBy.PICTURE, [0, 0], "2 pictures of 1 labels"),
        (SplitBy.CLASS, [0, 0, 0, 4], "4 pictures of 2 labels"),
    ],
)
def test_too_little_is_refused(by, truth, got):
    with pytest.raises(UsageError, match="nothing to split in train") as refused:
        split_pictures(torch.tensor(truth), by, 0)
    assert f"got: {got}" in str(refused.value)
    assert "allowed: at least 3" in str(refused.value)
