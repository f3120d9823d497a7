import math

import torch
from hypothesis import given
from hypothesis import strategies as st

from twentyq.engine.answers import (
    SCORE_STEP,
    answer,
    log_likelihood,
    rule_means,
    score_contribution,
)


def test_an_answer_worked_by_hand():
    got = answer(torch.tensor([[0.0, math.log(3)]]), 1.0)
    assert torch.allclose(got, torch.tensor([[0.25, 0.75]], dtype=torch.float64))
    sharper = answer(torch.tensor([[0.0, math.log(3)]], dtype=torch.float64), 2.0)
    assert torch.allclose(sharper, torch.tensor([[0.1, 0.9]], dtype=torch.float64))


def test_far_apart_similarities_saturate_without_overflow():
    got = answer(torch.tensor([[-1.0, 1.0]]), 1e4)
    assert got.tolist() == [[0.0, 1.0]]


def test_contributions_worked_by_hand():
    answers = torch.tensor([[0.25, 0.75]], dtype=torch.float64)
    rules = torch.tensor([[1.0, 0.0], [0.5, 0.5]], dtype=torch.float64)
    means = rule_means(answers, rules)
    assert score_contribution(means).tolist() == [[0.25, 0.5]]
    got = log_likelihood(means, 2, 0.02)
    expected = [math.log(0.98 * 0.25 + 0.01), math.log(0.5)]
    assert torch.allclose(got, torch.tensor([expected], dtype=torch.float64), atol=1e-10)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=40), st.randoms())
def test_sums_of_contributions_do_not_depend_on_their_order(values, random):
    on_grid = [float(score_contribution(torch.tensor(v, dtype=torch.float64))) for v in values]
    shuffled = on_grid.copy()
    random.shuffle(shuffled)
    assert sum(on_grid) == sum(shuffled)
    assert all(abs(a - b) <= SCORE_STEP / 2 for a, b in zip(on_grid, values, strict=True))


@given(st.integers(1, 70), st.integers(2, 20), st.integers(0, 2**32 - 1))
def test_contributions_of_a_picture_do_not_depend_on_the_batch(n_images, n_options, seed):
    source = torch.Generator().manual_seed(seed)
    cosines = torch.randn(n_images, n_options, generator=source, dtype=torch.float64)
    # So many that sums in another order would land on the other side of the grid now and then.
    rules = torch.softmax(torch.randn(1500, n_options, generator=source, dtype=torch.float64), 1)
    together = score_contribution(rule_means(answer(cosines, 3.0), rules))
    for i in {0, n_images // 2, n_images - 1}:
        alone = score_contribution(rule_means(answer(cosines[i : i + 1], 3.0), rules))
        assert torch.equal(alone[0], together[i])
