from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from tests.authoring.refining.worlds import draw_world, with_rules_of
from twentyq.authoring.refining.rules import (
    RIDGE,
    RuleProposer,
    Strength,
    as_rules,
    choose_strength,
    learn_rules,
    readable,
    to_distributions,
)
from twentyq.authoring.refining.splitting import Part
from twentyq.engine import compile_plan
from twentyq.system import dump_system, parse_system


def train_of(pool, system):
    pool.embed([system])
    answers = torch.cat([pool.answers(group, Part.TRAIN) for group in system.groups], dim=1)
    return answers, pool.truth[pool.rows(Part.TRAIN)]


def blocks(plan):
    return [plan.options_of(g) for g in range(len(plan.groups))]


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


def test_true_rules_are_recovered_where_wrong_ones_are_written():
    pool, true = draw_world(n_classes=60, noise=0.3)
    wrong = true
    for seed, group in enumerate(true.groups):
        order = np.random.default_rng(seed).permutation(true.classes)
        wrong = with_rules_of(wrong, group.name, order)
    [candidate] = RuleProposer(wrong).propose(pool, pool.stand(wrong, Part.TRAIN), "")
    likeliest = {
        name: {group: max(rule, key=rule.__getitem__) for group, rule in rules.items()}
        for name, rules in candidate.system.rules.items()
    }
    agree = [
        true.rules[name][group.name] == {likeliest[name][group.name]: 1.0}
        for name in true.classes
        for group in true.groups
    ]
    assert np.mean(agree) > 0.95
    before, best, after = (
        pool.stand(system, Part.TEST).n_right for system in (wrong, true, candidate.system)
    )
    assert after > 0.95 * best > 10 * before
    assert candidate.change.move == "rules"
    assert "learned from 240 pictures, shrinkage" in candidate.change.after


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
    shared = replace(plan, labels=plan.labels[:3], label_of=torch.tensor([0, 1, 2, 2]))
    of_three = truth.clamp(max=2)
    strength = Strength(2.0, 0.3)
    learned = learn_rules(shared, answers, of_three, strength)
    swapped = torch.where(of_three == 2, 2, of_three)
    assert torch.isfinite(learned).all()
    alone = learn_rules(plan, answers, truth, strength)
    assert not torch.allclose(learned[2], alone[2])
    assert torch.equal(learned, learn_rules(shared, answers, swapped, strength))


def test_readable_rules_are_whole_thousandths_that_a_file_gives_back():
    pool, system = draw_world(noise=1.0)
    answers, truth = train_of(pool, system)
    plan = compile_plan(system)
    learned = learn_rules(plan, answers, truth, Strength(2.0, 0.2))
    rules = readable(plan, learned)
    thousandths = 1000 * rules
    assert torch.allclose(thousandths, thousandths.round(), atol=1e-9)
    for block in blocks(plan):
        assert torch.equal(
            (1000 * rules[:, block]).round().sum(dim=1), torch.full((12,), 1000.0).double()
        )
        assert ((rules[:, block] == 0) | (rules[:, block] >= 0.045)).all()
    assert (rules - learned).abs().max() < 0.15
    refined = replace(system, rules=as_rules(plan, rules))
    assert parse_system(dump_system(refined)) == refined


def test_strength_is_chosen_among_those_offered(small):
    plan, answers, truth = small
    chosen = choose_strength(plan, answers, truth)
    assert chosen == choose_strength(plan, answers, truth)
    assert chosen.sharpness in (0.1, 0.2, 0.4)


def test_rules_that_are_learned_already_are_not_proposed_again():
    pool, system = draw_world(noise=1.0)
    proposer = RuleProposer(system)
    [first] = proposer.propose(pool, pool.stand(system, Part.TRAIN), "")
    assert proposer.propose(pool, pool.stand(first.system, Part.TRAIN), "") == []


def test_rules_that_no_file_can_hold_are_not_proposed(monkeypatch):
    pool, system = draw_world(noise=1.0)
    monkeypatch.setattr("twentyq.authoring.refining.rules.MAX_BYTES", 500)
    assert RuleProposer(system).propose(pool, pool.stand(system, Part.TRAIN), "") == []


def test_rules_follow_options_that_were_renamed_and_groups_that_changed():
    pool, system = draw_world(noise=1.0)
    first, second, *others = system.groups
    renamed = replace(first, options=("a", "b", "c", "d"))
    longer = replace(second, options=(*second.options, "o4"))
    rules = {
        name: {
            **of,
            "g0": {renamed.options[first.options.index(o)]: w for o, w in of["g0"].items()},
        }
        for name, of in system.rules.items()
    }
    now = replace(system, groups=(renamed, longer, *others), rules=rules)
    [candidate] = RuleProposer(system).propose(pool, pool.stand(now, Part.TRAIN), "")
    assert set(candidate.system.rules["c0"]["g0"]) <= set(renamed.options)
    assert set(candidate.system.rules["c0"]["g1"]) <= set(longer.options)
