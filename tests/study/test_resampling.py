from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import bootstrap, chisquare

from twentyq.study import resampling
from twentyq.study.resampling import (
    difference,
    drawn_counts,
    macro_mean,
    mean,
    ratio,
    resampled_means,
)

values = st.lists(st.floats(-5, 5), min_size=1, max_size=30).map(np.array)
seeds = st.integers(0, 2**32 - 1)


def test_every_draw_takes_as_many_pictures_as_there_are():
    counts = drawn_counts(37, 500, seed=3)
    assert counts.shape == (500, 37)
    assert set(counts.sum(axis=1)) == {37}


def test_draws_are_uniform_over_all_ways_of_drawing():
    drawn = {tuple(row): 0 for row in product(range(4), repeat=3) if sum(row) == 3}
    for row in drawn_counts(3, 5400, seed=1).tolist():
        drawn[tuple(row)] += 1
    ways = {1: 6, 2: 3, 3: 1}  # 3! / Π counts!
    expected = [5400 * ways[max(row)] / 27 for row in drawn]
    assert chisquare(list(drawn.values()), expected).pvalue > 1e-3


def test_cutting_draws_into_parts_changes_nothing(monkeypatch):
    columns = np.random.default_rng(0).normal(size=(11, 3))
    whole, counts = resampled_means(columns, 50), drawn_counts(11, 50).copy()
    drawn_counts.cache_clear()
    monkeypatch.setattr(resampling, "LARGEST_ARRAY", 11 * 7)
    assert (drawn_counts(11, 50) == counts).all()
    assert resampled_means(columns, 50) == pytest.approx(whole, abs=1e-12)
    drawn_counts.cache_clear()


def test_resampled_means_are_means_of_the_pictures_drawn():
    column = np.random.default_rng(0).normal(size=6)
    by_hand = [np.repeat(column, row).mean() for row in drawn_counts(6, 30)]
    assert resampled_means(column[:, None], 30)[:, 0] == pytest.approx(by_hand)


def test_mean_has_the_interval_that_scipy_finds():
    sample = np.random.default_rng(5).exponential(size=400)
    ours = mean(sample, draws=10_000)
    theirs = bootstrap(
        (sample,), np.mean, n_resamples=10_000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    assert ours.value == pytest.approx(sample.mean())
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.01)


def test_mean_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    found = [mean(rng.random(80) < 0.4, draws=500) for _ in range(300)]
    assert 0.9 <= np.mean([f.low <= 0.4 <= f.high for f in found]) <= 0.98


@given(values, seeds)
def test_mean_stays_within_the_values(sample, seed):
    found = mean(sample, draws=50, seed=seed)
    slack = 1e-9
    assert sample.min() - slack <= found.low <= found.high <= sample.max() + slack
    assert mean(sample, draws=50, seed=seed) == found


@given(values)
def test_difference_is_paired(sample):
    # Shifting one of two equal modes by a constant leaves nothing to chance.
    found = difference(sample + 0.5, sample, draws=50)
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.5, 0.5))
    back = difference(sample, sample + 0.5, draws=50)
    assert (back.value, back.low, back.high) == pytest.approx((-0.5, -0.5, -0.5))


def test_difference_of_hits_is_the_difference_of_accuracies():
    ours, theirs = np.array([True, True, False, True]), np.array([True, False, True, False])
    found = difference(ours, theirs)
    assert found.value == 0.25
    assert -1 <= found.low < 0.25 < found.high <= 1


def test_ratio_is_of_means_not_the_mean_of_ratios():
    found = ratio(np.array([1, 30]), np.array([2, 40]), draws=500)
    assert found.value == pytest.approx(31 / 42)
    # Three draws are possible: the first picture twice, both, the second twice.
    assert (found.low, found.high) == pytest.approx((1 / 2, 3 / 4))


@given(values.map(np.abs), st.floats(0.1, 3))
def test_ratio_of_a_multiple_is_exact(whole, factor):
    found = ratio(whole * factor + factor, whole + 1, draws=50)
    assert (found.value, found.low, found.high) == pytest.approx((factor,) * 3)


def test_macro_mean_weighs_labels_alike():
    right = np.array([True, True, True, False, True, False])
    truth = np.array([7, 7, 7, 7, 2, 2])
    assert macro_mean(right, truth).value == pytest.approx((3 / 4 + 1 / 2) / 2)


def test_macro_mean_draws_are_macro_means_of_what_was_drawn():
    rng = np.random.default_rng(2)
    right, truth = rng.random(15) < 0.5, rng.integers(0, 4, 15)
    by_hand = []
    for row in drawn_counts(15, 200):
        taken = np.repeat(np.arange(15), row)
        labels = np.unique(truth[taken])
        by_hand.append(np.mean([right[taken][truth[taken] == label].mean() for label in labels]))
    found = macro_mean(right, truth, draws=200)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(by_hand, [0.025, 0.975])))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), min_size=1, max_size=25), seeds)
def test_macro_mean_does_not_depend_on_the_names_of_labels(rows, seed):
    right, truth = np.array([r for r, _ in rows]), np.array([t for _, t in rows])
    renamed = np.array([3, 0, 2, 1])[truth]
    ours, theirs = macro_mean(right, truth, 50, seed), macro_mean(right, renamed, 50, seed)
    assert (ours.value, ours.low, ours.high) == pytest.approx(
        (theirs.value, theirs.low, theirs.high)
    )
    assert 0 <= ours.low <= ours.high <= 1
