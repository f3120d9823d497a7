from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from tests.authoring.refining.worlds import blocks, draw_world, train_of
from twentyq.authoring.refining.learning import (
    RIDGE,
    SHARPNESSES,
    Strength,
    choose_strength,
    learn_rules,
    to_distributions,
)
from twentyq.engine import compile_plan


@pytest.fixture(scope="module")
def small():
    """A world so small that a general solver finds its rules too."""
    pool, system = draw_world(n_classes=4, n_groups=2, n_options=3, each=9, noise=1.0)
    return compile_plan(system), *train_of(pool, system)


@given(st.lists(st.floats(-3, 3), min_size=6, max_size=6))
def test_the_nearest_distribution_is_found(values):
    plan = compile_plan(draw_world(n_classes=3, n_groups=2, n_options=3)[1])
    weights = torch.tensor([values], dtype=torch.float64)
    found = to_distributions(plan, weights)[0]
    for block in blocks(plan):
        given_, near = weights[0, block], found[block]
        assert near.min() >= 0
        assert near.sum() == pytest.approx(1)
        # Optimal: what is kept moved by one amount, what is cut would have gone below 0 by it.
        moved = (given_ - near)[near > 0]
        assert torch.allclose(moved, moved[0].expand_as(moved))
        assert (given_[near == 0] <= moved[0] + 1e-9).all()


def test_learned_rules_are_the_minimum_that_a_general_solver_finds(small):
    plan, answers, truth = small
    strength = Strength(0.0, 0.3)
    learned = learn_rules(plan, answers, truth, strength)
    n_options = plan.n_prompts
    u = torch.full((n_options,), 1 / 3, dtype=torch.float64)
    mean = answers.mean(dim=0)
    d = torch.stack([answers[truth == c].mean(dim=0) for c in range(4)]) - mean
    M = (answers - u).T @ (answers - u) / len(answers)
    M += RIDGE * (answers - mean).square().mean() * torch.eye(n_options)
    free = d @ torch.linalg.inv(M)
    free = free.unflatten(1, (2, 3))
    lam = strength.sharpness / (free - free.mean(dim=2, keepdim=True)).std()
    for c in range(4):
        sums = [
            {"type": "eq", "fun": lambda r, at=block: r[at].sum() - 1} for block in blocks(plan)
        ]
        aim = (lam * d[c]).numpy()
        expected = minimize(
            lambda r, aim=aim: (
                0.5 * (r - u.numpy()) @ M.numpy() @ (r - u.numpy()) - (r - u.numpy()) @ aim
            ),
            u.numpy(),
            bounds=[(0, 1)] * n_options,
            constraints=sums,
            method="SLSQP",
            options={"ftol": 1e-14, "maxiter": 500},
        ).x
        assert np.allclose(learned[c].numpy(), expected, atol=2e-3)


def test_more_shrinkage_comes_nearer_to_what_the_written_rules_make_expect(small):
    plan, answers, truth = small
    expected = learn_rules(plan, answers, truth, Strength(1e9, 0.3))
    gaps = [
        float((learn_rules(plan, answers, truth, Strength(kappa, 0.3)) - expected).norm())
        for kappa in (0.0, 2.0, 8.0, 32.0)
    ]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[0] > 2 * gaps[-1]


def test_a_class_without_pictures_gets_what_its_written_rule_makes_expect():
    pool, system = draw_world(each=24, n_groups=3)
    answers, truth = train_of(pool, system)
    plan = compile_plan(system)
    seen = truth != 0
    learned = learn_rules(plan, answers[seen], truth[seen], Strength(2.0, 0.2))
    likeliest = [
        plan.options[g][int(learned[0, block].argmax())] for g, block in enumerate(blocks(plan))
    ]
    written = [next(iter(system.rules["c0"][group.name])) for group in system.groups]
    assert likeliest == written


def test_pictures_of_a_shared_label_do_not_teach_a_class(small):
    plan, answers, truth = small
    # No rule is written, so nothing can be expected of a class but by its own pictures.
    uniform = torch.full_like(plan.rules, 1 / 3)
    shared = replace(plan, labels=("0", "1", "2"), label_of=torch.tensor([0, 1, 2, 2]))
    shared = replace(shared, rules=uniform)
    learned = learn_rules(shared, answers, truth.clamp(max=2), Strength(2.0, 0.3))
    assert torch.allclose(learned[2:], uniform[2:])
    assert (learned[:2] - uniform[:2]).abs().amax(dim=1).min() > 0.05


def test_strength_is_chosen_among_those_offered(small):
    plan, answers, truth = small
    chosen = choose_strength(plan, answers, truth)
    assert chosen == choose_strength(plan, answers, truth)
    assert chosen.sharpness in SHARPNESSES
