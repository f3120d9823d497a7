"""Shares, intervals and the counting of hits, against values worked out elsewhere."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from twentyq.engine import compile_plan
from twentyq.system import AttributeGroup, System
from twentyq.training.measures import difference, figure, label_hits
from twentyq.training.protocol import Intervals

HOW = Intervals(confidence=0.95, resamples=500, seed=1)


def share(hits):
    return figure("part", "full", np.asarray(hits, float), 0.1, HOW, subset="all", note="")


def test_wilsons_interval_of_five_in_ten():
    # Worked by hand: (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n), z = 1.959964.
    one = share([1] * 5 + [0] * 5)
    assert (one.n, one.share) == (10, 0.5)
    assert (one.low, one.high) == pytest.approx((0.23659, 0.76341), abs=1e-5)


def test_half_hits_count_half():
    assert share([0.5, 0.5, 1, 0]).share == 0.5


@given(arrays(float, st.integers(1, 40), elements=st.sampled_from([0, 0.5, 1])))
def test_an_interval_holds_its_share_up_to_half_a_case(hits):
    one = share(hits)
    assert 0 <= one.low <= one.share + 0.5 / one.n
    assert one.share - 0.5 / one.n <= one.high <= 1


def gap(ours, theirs):
    return difference("part", "a - b", np.array(ours), np.array(theirs), HOW, subset="all")


def test_a_difference_is_paired():
    mixed = np.tile([0.0, 1.0], 50)
    one = gap(mixed + 0.25, mixed)
    # Each case differs by the same amount: paired, there is nothing uncertain about it.
    assert (one.mean, one.low, one.high) == pytest.approx((0.25, 0.25, 0.25))


def test_a_difference_is_repeatable_and_signed():
    rng = np.random.default_rng(0)
    ours, theirs = rng.random(60) < 0.9, rng.random(60) < 0.2
    one = gap(ours.astype(float), theirs.astype(float))
    assert one == gap(ours.astype(float), theirs.astype(float))
    assert 0 < one.low < one.mean < one.high


def test_one_case_leaves_every_difference_possible():
    one = gap([1.0], [0.5])
    assert (one.n, one.mean, one.low, one.high) == (1, 0.5, -1, 1)


def three_classes():
    group = AttributeGroup("colour", "{}", ("red", "blue"))
    colour = {"a": "red", "b": "red", "c": "blue"}
    rules = {name: {"colour": {value: 1.0}} for name, value in colour.items()}
    return compile_plan(System("s", (group,), ("a", "b", "c"), rules, labels={"b": "both"}))


def test_ties_are_shared_among_the_best():
    scores = torch.tensor([[0.7, 0.7, 0.3], [0.7, 0.7, 0.3], [0.2, 0.2, 0.8], [0.2, 0.2, 0.8]])
    hits = label_hits(three_classes(), scores.double(), ["a", "c", "c", "both"])
    assert hits.tolist() == [0.5, 0, 1, 0]
