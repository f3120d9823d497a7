import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from tests.study.report.summaries import summary
from twentyq.study.measures import (
    corrected,
    disagreements,
    hits_of,
    holm,
    mcnemar,
    percentile,
    share,
    share_of,
)
from twentyq.study.summary import Disagreement, McNemar

hits = st.lists(st.booleans(), min_size=1, max_size=60).map(np.array)


def wilson(count, total, z=1.959963984540054):
    """Wilson's formula as his paper of 1927 has it."""
    p = count / total
    center = p + z * z / (2 * total)
    reach = z * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total))
    return (center - reach) / (1 + z * z / total), (center + reach) / (1 + z * z / total)


@pytest.mark.parametrize(("count", "total"), [(0, 1), (1, 1), (7, 10), (299, 300), (1, 4000)])
def test_share_has_wilsons_interval(count, total):
    found = share_of(count, total)
    assert (found.count, found.total, found.share) == (count, total, count / total)
    assert (found.low, found.high) == pytest.approx(wilson(count, total), abs=1e-12)


def test_share_has_the_interval_of_a_published_table():
    # Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263 and 0 of 20.
    found, none = share_of(81, 263), share_of(0, 20)
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)
    assert (none.low, round(none.high, 4)) == (0.0, 0.1611)


@given(hits)
def test_share_counts_hits(right):
    found = share(right)
    assert found == share_of(sum(right.tolist()), len(right))
    assert 0 <= found.low <= found.share <= found.high <= 1


def test_hits_of_one_label_and_of_several():
    truth = np.array([2, 0, 1])
    assert hits_of(np.array([2, 1, 1]), truth).tolist() == [True, False, True]
    several = np.array([[0, 2, -1], [1, 2, -1], [1, -1, -1]])
    assert hits_of(several, truth).tolist() == [True, False, True]


def test_mcnemar_counts_only_where_one_alone_is_right():
    right = np.array([1, 1, 1, 1, 0, 0, 1, 0], dtype=bool)
    full = np.array([1, 0, 0, 0, 1, 0, 1, 0], dtype=bool)
    found = mcnemar(right, full)
    # Three against one: (C(4,0) + C(4,1)) / 2**4, on both sides.
    assert (found.only_this, found.only_full, found.p) == (3, 1, pytest.approx(10 / 16))


def test_mcnemar_of_equal_modes_says_nothing():
    right = np.array([True, False, True])
    assert mcnemar(right, right).p == 1.0


def test_holm_by_hand():
    # 4 · 0.005, 3 · 0.01, 2 · 0.03, and 0.04 that may not fall below the one before it.
    found = holm(np.array([0.03, 0.005, 0.04, 0.01]))
    assert found == pytest.approx(np.array([0.06, 0.02, 0.06, 0.03]))
    assert holm(np.array([0.8, 0.9])).tolist() == [1.0, 1.0]
    assert holm(np.array([])).tolist() == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12).map(np.array), st.floats(0.001, 0.999))
def test_holm_rejects_what_stepping_down_rejects(p_values, level):
    rejected = set()
    for rank, test in enumerate(np.argsort(p_values, kind="stable").tolist()):
        if p_values[test] * (len(p_values) - rank) > level:
            break
        rejected.add(test)
    assert set(np.flatnonzero(holm(p_values) <= level).tolist()) == rejected


def test_modes_are_corrected_for_one_another_and_full_is_not_counted():
    full, *others = summary().modes[:4]
    p_values = (0.02, 0.5, 0.01)
    tested = [
        mode.model_copy(update={"mcnemar": McNemar(only_this=1, only_full=2, p=p, p_holm=p)})
        for mode, p in zip(others, p_values, strict=True)
    ]
    found = corrected([full, *tested])
    assert found[0] == full
    assert [mode.mcnemar.p for mode in found[1:]] == list(p_values)
    assert [mode.mcnemar.p_holm for mode in found[1:]] == pytest.approx([0.04, 0.5, 0.03])
    assert [mode.name for mode in found] == [mode.name for mode in (full, *others)]
    assert corrected([full]) == [full]


@given(hits, st.randoms(use_true_random=False))
def test_mcnemar_is_symmetric(right, random):
    full = np.array([random.random() < 0.5 for _ in right])
    ours, theirs = mcnemar(right, full), mcnemar(full, right)
    assert (ours.only_this, ours.only_full) == (theirs.only_full, theirs.only_this)
    assert ours.p == pytest.approx(theirs.p)
    assert 0 < ours.p <= 1


def test_percentile_is_an_order_statistic_with_enough_on_both_sides():
    values = np.arange(1, 1001)
    found = percentile(values, 0.95, most=1001)
    assert found.value == 950
    # The true percentile lies between the order statistics unless too many or few fall below it.
    below = binom(1000, 0.95)
    assert below.cdf(found.low - 1) < 0.025
    assert below.cdf(found.low) >= 0.025
    assert below.sf(found.high - 1) <= 0.025 < below.sf(found.high - 2)


def test_percentile_of_few_pictures_ends_where_costs_end():
    found = percentile(np.array([3, 5, 5, 9]), 0.99, most=51)
    assert (found.value, found.high) == (9, 51)
    assert percentile(np.array([3]), 0.95, most=51).low == 0


def test_percentile_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(0)
    draws = [percentile(rng.integers(1, 101, 200), 0.95, most=100) for _ in range(300)]
    covered = sum(found.low <= 95 <= found.high for found in draws)
    assert covered / 300 >= 0.92


@given(hits.map(lambda row: np.cumsum(row)), st.floats(0.01, 0.99))
def test_percentile_stays_within_its_interval(values, part):
    found = percentile(values, part, most=100)
    assert 0 <= found.low <= found.value <= found.high <= 100
    # The definition: a part of the pictures do not exceed it, and no smaller value will do.
    assert np.mean(values <= found.value) >= part - 1e-12
    assert np.mean(values < found.value) < part + 1e-12


def test_disagreements_name_only_pictures_that_one_alone_gets_right():
    names = ("a.png", "b.png", "c.png", "d.png")
    labels = ("cat", "dog", "owl")
    truth, adaptive = np.array([0, 1, 2, 0]), np.array([1, 1, 0, 0])
    full = np.array([0, 2, 1, 0])
    loses, wins = disagreements(names, labels, truth, adaptive, full)
    assert loses == [Disagreement(picture="a.png", truth="cat", adaptive="dog", full="cat")]
    assert wins == [Disagreement(picture="b.png", truth="dog", adaptive="dog", full="owl")]


@given(st.lists(st.tuples(*[st.integers(0, 2)] * 3), min_size=1, max_size=20))
def test_disagreements_are_those_that_mcnemar_counts(rows):
    truth, adaptive, full = np.array(rows).T
    names = tuple(map(str, range(len(rows))))
    loses, wins = disagreements(names, ("x", "y", "z"), truth, adaptive, full)
    counted = mcnemar(adaptive == truth, full == truth)
    assert (len(wins), len(loses)) == (counted.only_this, counted.only_full)
    assert not any(a.picture == b.picture for a, b in combinations(loses + wins, 2))
