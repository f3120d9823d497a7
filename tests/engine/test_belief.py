import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.worlds import make_world
from twentyq.engine.belief import (
    BeliefSettings,
    entropy_bits,
    label_mass,
    outcome_mass,
    posterior,
    same_outcome,
)
from twentyq.errors import UsageError

seeds = st.integers(0, 2**32 - 1)


@given(seeds)
def test_posterior_is_finite_and_sums_to_one(seed):
    world = make_world(seed, prior=True)
    evidence = world.similarities[:, :1] * 1e3 - torch.rand(6, len(world.plan.classes)) * 500
    belief = posterior(world.plan, evidence, torch.arange(6), 0.1)
    assert bool(torch.isfinite(belief).all())
    assert torch.allclose(belief.sum(1), torch.ones(6, dtype=torch.float64))


def test_evidence_of_many_groups_is_discounted():
    plan = make_world(3, n_classes=2).plan
    evidence = torch.tensor([[0.0, -2.0]], dtype=torch.float64)
    one = posterior(plan, evidence, torch.tensor([1]), 0.1)
    six = posterior(plan, evidence, torch.tensor([6]), 0.1)
    assert float(one[0, 0]) == pytest.approx(1 / (1 + math.exp(-2)))
    assert float(six[0, 0]) == pytest.approx(1 / (1 + math.exp(-2 / 1.5)))


def test_before_any_informative_group_belief_is_the_prior():
    plan = make_world(3, n_classes=2).plan
    nothing = torch.zeros(1, 2, dtype=torch.float64)
    # Without care ρ = 1 divides by zero here.
    assert posterior(plan, nothing, torch.tensor([0]), 1.0).tolist() == [[0.5, 0.5]]


def test_entropy_in_bits():
    given_rows = torch.tensor([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]])
    assert entropy_bits(given_rows).tolist() == [1.0, 0.0]


@given(seeds)
def test_masses_equal_plain_sums_over_labels_and_tie_sets(seed):
    plan = make_world(seed, labels=True).plan
    p = torch.softmax(torch.randn(2, len(plan.classes), dtype=torch.float64), 1)
    names = range(len(plan.classes))
    for leader in names:
        label = {c for c in names if plan.label_of[c] == plan.label_of[leader]}
        tied = {c for c in names if bool((plan.rule_of[c] == plan.rule_of[leader]).all())}
        chosen = torch.tensor([leader, leader])
        assert same_outcome(plan, chosen)[0].nonzero()[:, 0].tolist() == sorted(label | tied)
        for i in range(2):
            by_label = sum(float(p[i, c]) for c in label)
            by_both = sum(float(p[i, c]) for c in label | tied)
            assert float(label_mass(plan, p)[i, leader]) == pytest.approx(by_label)
            assert float(outcome_mass(plan, p)[i, leader]) == pytest.approx(by_both)


@pytest.mark.parametrize("epsilon", [0.0, 1.0, -1.0, math.nan])
def test_an_impossible_epsilon_is_refused(epsilon):
    with pytest.raises(UsageError, match="epsilon must leave room"):
        BeliefSettings(epsilon=epsilon)


def test_a_negative_redundancy_is_refused():
    with pytest.raises(UsageError, match="redundancy must not be negative"):
        BeliefSettings(redundancy=-0.1)
