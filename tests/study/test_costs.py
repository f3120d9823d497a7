from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twentyq.study import costs
from twentyq.study.costs import embedded_for


@given(st.integers(0, 2**32 - 1))
def test_the_mean_is_that_over_all_choices_of_pictures(seed):
    rng = np.random.default_rng(seed)
    asked = rng.random((13, 4)) < rng.random(4)
    sizes = rng.integers(2, 7, size=4)
    choices = [asked[list(some)].any(axis=0) @ sizes for some in combinations(range(13), 10)]
    got = embedded_for(asked, sizes)
    assert got[1] == pytest.approx(float((asked @ sizes).mean()))
    assert got[10] == pytest.approx(float(np.mean(choices)))


def test_more_pictures_than_were_studied_are_drawn_independently():
    asked = np.zeros((50, 3), dtype=bool)
    asked[:, 0], asked[0, 1] = True, True
    got = embedded_for(asked, np.array([2, 5, 9]))
    assert list(got) == list(costs.PICTURES) == [1, 10, 100, 1000]
    assert got[1] == pytest.approx(2 + 5 / 50)
    assert got[100] == pytest.approx(2 + 5 * (1 - 0.98**100))
    assert got[1000] == pytest.approx(7, abs=1e-7)
