import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twentyq.study.dealing import deal, shuffled_by_label

labels = st.lists(st.integers(0, 4), min_size=1, max_size=60).map(np.array)
seeds = st.integers(0, 1000)


@given(labels, seeds)
def test_every_picture_comes_once_label_by_label(truth, seed):
    order = shuffled_by_label(truth, seed)
    assert sorted(order) == list(range(len(truth)))
    assert truth[order].tolist() == sorted(truth)


@given(labels, st.integers(1, 5), seeds)
def test_parts_share_every_label_and_all_pictures_evenly(truth, n_parts, seed):
    part = deal(truth, n_parts, seed)
    for some in (part, *(part[truth == label] for label in set(truth.tolist()))):
        counts = np.bincount(some, minlength=n_parts)
        assert len(counts) == n_parts
        assert counts.max() - counts.min() <= 1


def test_the_order_within_a_label_is_drawn():
    truth = np.zeros(8, dtype=np.int64)
    assert len({tuple(shuffled_by_label(truth, seed).tolist()) for seed in range(5)}) == 5
