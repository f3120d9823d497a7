import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve

from twentyq.study.measures import share_of
from twentyq.study.reliability import asked_for, reliability

judged = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60).map(
    lambda rows: (np.array([s for s, _ in rows]), np.array([r for _, r in rows]))
)


def test_error_by_hand():
    stated = np.array([0.9, 0.9, 0.9, 0.2])
    right = np.array([True, True, False, False])
    found = reliability(stated, right, "posterior")
    assert found.speaks == "posterior"
    assert found.ece.value == pytest.approx(3 / 4 * abs(2 / 3 - 0.9) + 1 / 4 * 0.2)
    low, high = found.bins
    assert (low.low, low.high) == pytest.approx((2 / 15, 3 / 15))
    assert (low.stated, low.accuracy) == (pytest.approx(0.2), share_of(0, 1))
    assert (high.low, high.high) == pytest.approx((13 / 15, 14 / 15))
    assert (high.stated, high.accuracy) == (pytest.approx(0.9), share_of(2, 3))


def test_bins_are_closed_above():
    stated = np.array([0.0, 1 / 15, 1.0])
    found = reliability(stated, np.array([False, False, True]), "posterior")
    assert [(b.low, b.accuracy.total) for b in found.bins] == [
        (0.0, 2),
        (pytest.approx(14 / 15), 1),
    ]


def test_bins_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    stated = rng.random(500)
    right = rng.random(500) < stated
    found = reliability(stated, right, "probability")
    accuracy, mean_stated = calibration_curve(right, stated, n_bins=15)
    assert [b.accuracy.share for b in found.bins] == pytest.approx(accuracy.tolist())
    assert [b.stated for b in found.bins] == pytest.approx(mean_stated.tolist())


@given(judged)
def test_error_is_the_mean_gap_of_the_bins(case):
    stated, right = case
    found = reliability(stated, right, "posterior", draws=50)
    n = len(stated)
    gaps = [b.accuracy.total / n * abs(b.accuracy.share - b.stated) for b in found.bins]
    assert found.ece.value == pytest.approx(sum(gaps), abs=1e-12)
    assert sum(b.accuracy.total for b in found.bins) == n
    assert all(b.low <= b.stated <= b.high + 1e-15 for b in found.bins)
    assert 0 <= found.ece.low <= found.ece.value <= found.ece.high <= 1


@given(judged, st.randoms(use_true_random=False))
def test_error_does_not_depend_on_the_order_of_pictures(case, random):
    stated, right = case
    order = random.sample(range(len(stated)), len(stated))
    ours = reliability(stated, right, "posterior", draws=20)
    theirs = reliability(stated[order], right[order], "posterior", draws=20)
    assert ours.ece.value == pytest.approx(theirs.ece.value, abs=1e-12)
    assert [b.accuracy for b in ours.bins] == [b.accuracy for b in theirs.bins]


def errors_of(gap, n_studies=50):
    """The error found in studies of 300 pictures whose stated probability is too high by a gap."""
    rng = np.random.default_rng(1)
    for _ in range(n_studies):
        stated = rng.uniform(gap, 1, 300)
        right = rng.random(300) < stated - gap
        yield reliability(stated, right, "posterior", draws=200).ece


def test_interval_of_the_error_covers_the_truth():
    assert np.mean([ece.low <= 0.3 <= ece.high for ece in errors_of(0.3)]) >= 0.8


def test_interval_reaches_towards_none_where_the_error_is_chance_alone():
    found = list(errors_of(0.0))
    assert np.mean([ece.value for ece in found]) > 0.05
    assert np.mean([ece.low for ece in found]) < 0.02


def test_asked_for_judges_where_the_confidence_is_first_reached():
    stated = np.array([[0.4, 0.8, 0.6], [0.7, 0.7, 0.95], [0.1, 0.2, 0.3]])
    right = np.array([[False, True, False], [False, True, True], [True, True, True]])
    often, seldom, never = asked_for([0.65, 0.95, 0.99], stated, right)
    assert (often.confidence, often.reached, often.accuracy) == (
        0.65,
        share_of(2, 3),
        share_of(1, 2),
    )
    assert (seldom.reached, seldom.accuracy) == (share_of(1, 3), share_of(1, 1))
    assert (never.reached, never.accuracy) == (share_of(0, 3), None)


@given(
    st.lists(
        st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=3, max_size=3),
        min_size=1,
        max_size=20,
    )
)
def test_fewer_reach_a_greater_confidence(rows):
    stated = np.array([[s for s, _ in row] for row in rows])
    right = np.array([[r for _, r in row] for row in rows])
    found = asked_for([0.1, 0.3, 0.5, 0.9, 1.0], stated, right)
    counts = [asked.reached.count for asked in found]
    assert counts == sorted(counts, reverse=True)
    for asked in found:
        firsts = [
            next(r for s, r in row if s >= asked.confidence)
            for row in rows
            if any(s >= asked.confidence for s, _ in row)
        ]
        assert asked.accuracy == (share_of(sum(firsts), len(firsts)) if firsts else None)
