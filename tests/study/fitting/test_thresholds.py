import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from twentyq.study.fitting.thresholds import (
    candidates,
    fit_threshold,
    least_agreement,
    least_pictures,
)


@given(st.integers(1, 400), st.data())
def test_the_bound_is_clopper_and_pearsons(total, data):
    agreeing = data.draw(st.integers(0, total))
    test = binomtest(agreeing, total, alternative="greater")
    expected = test.proportion_ci(0.95, method="exact").low
    assert least_agreement(agreeing, total) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("target", "pictures"), [(0.99, 299), (0.97, 99), (0.95, 59), (0.9, 29)])
def test_how_many_pictures_a_target_needs(target, pictures):
    assert least_pictures(target) == pictures
    assert least_agreement(pictures, pictures) >= target
    assert least_agreement(pictures - 1, pictures - 1) < target


def test_candidates_run_from_strict_to_loose_and_are_finite():
    z = np.array([[-np.inf, 1.0], [2.0, np.inf]])
    tried = candidates(z)
    assert tried[0] == 2.0
    assert tried[-1] == 1.0
    assert (np.diff(tried) < 0).all()
    assert candidates(np.array([[np.inf]])).size == 0


def pictures(seed, n, wrong):
    """One early column whose label is wrong more often the smaller z is, then full's."""
    rng = np.random.default_rng(seed)
    z = rng.uniform(0, 4, size=n)
    agrees = rng.random(n) >= wrong * np.exp(-z)
    return np.stack([z, np.full(n, np.inf)], 1), np.stack([agrees, np.ones(n, bool)], 1)


def test_the_search_ends_at_the_first_threshold_that_breaks_the_target():
    z = np.array([[4.0], [3.0], [2.0], [1.0]]).repeat(100, axis=0)
    z = np.hstack([z, np.full((400, 1), np.inf)])
    agrees = np.ones((400, 2), bool)
    agrees[200:300, 0] = False  # at z = 2 a quarter would be wrong; at z = 1 too
    assert fit_threshold(z, agrees, np.array([4.0, 3.0, 2.0, 1.0]), 0.95) == 3.0
    agrees[:100, 0] = False
    assert fit_threshold(z, agrees, np.array([4.0, 3.0, 2.0, 1.0]), 0.95) is None


def test_a_pool_that_is_too_small_supports_nothing():
    z, agrees = pictures(0, 298, wrong=0.0)
    assert fit_threshold(z, agrees, candidates(z), 0.99) is None


@pytest.mark.parametrize("target", [0.95, 0.9])
def test_new_pictures_keep_the_target_as_often_as_is_promised(target):
    kept = []
    for seed in range(200):
        first, _ = pictures(3 * seed, 300, wrong=0.6)
        z, agrees = pictures(3 * seed + 1, 300, wrong=0.6)
        threshold = fit_threshold(z, agrees, candidates(first), target)
        # The share of agreement that this threshold has among all pictures there could be.
        above = np.linspace(max(threshold, 0), 4, 1000)
        kept.append(1 - 0.6 * np.exp(-above).mean() * (4 - max(threshold, 0)) / 4 >= target)
    assert np.mean(kept) >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 200)
