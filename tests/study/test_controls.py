from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.worlds import make_world
from twentyq.engine import compile_plan, full_game, play
from twentyq.study.controls import control, full_leader, permuted_options, permuted_rules
from twentyq.study.group_answers import read_answers

seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=20)


def full_labels(plan, similarities, scale=10.0):
    played = play(
        full_game(plan, scale),
        lambda group, rows: similarities[rows][:, plan.options_of(group)],
        len(similarities),
    )
    return plan.label_of[played.leader].numpy()


def answers_of(plan, similarities, scale=10.0):
    return read_answers(full_game(plan, scale).reading, similarities)


@few
@given(seeds)
def test_full_by_one_product_is_the_engines(seed):
    world = make_world(seed, n_images=10, labels=True)
    answers = answers_of(world.plan, world.similarities)
    labels = world.plan.label_of[full_leader(answers, world.plan.rules)].numpy()
    assert labels.tolist() == full_labels(world.plan, world.similarities).tolist()


@few
@given(seeds)
def test_permuted_rules_are_systems_whose_classes_swapped_rules(seed):
    world = make_world(seed, n_images=10, labels=True)
    plan, rng = world.plan, np.random.default_rng(seed)
    truth = rng.integers(0, len(plan.labels), 10)
    right = full_labels(plan, world.similarities) == truth
    found = permuted_rules(plan, answers_of(plan, world.similarities), truth, right, 3, seed)

    lot, shares = np.random.default_rng(seed), []
    for _ in range(3):
        owner = lot.permutation(len(plan.classes))
        swapped = {
            name: world.system.rules[plan.classes[other]]
            for name, other in zip(plan.classes, owner, strict=True)
        }
        other = compile_plan(replace(world.system, rules=swapped))
        shares.append(np.mean(full_labels(other, world.similarities) == truth))
    assert found.null.value == pytest.approx(np.mean(shares))
    assert found.observed == pytest.approx(right.mean())
    assert (found.name, found.draws) == ("rules permuted", 3)


@few
@given(seeds)
def test_permuted_options_are_similarities_whose_columns_swapped(seed):
    world = make_world(seed, n_images=10)
    plan, rng = world.plan, np.random.default_rng(seed)
    truth = rng.integers(0, len(plan.labels), 10)
    right = full_labels(plan, world.similarities) == truth
    found = permuted_options(plan, answers_of(plan, world.similarities), truth, right, 3, seed)

    lot, shares = np.random.default_rng(seed), []
    for _ in range(3):
        keys = lot.random(plan.n_prompts)
        text = np.concatenate(
            [
                plan.first_option[g] + np.argsort(keys[plan.options_of(g)], kind="stable")
                for g in range(len(plan.groups))
            ]
        )
        swapped = world.similarities[:, torch.from_numpy(text)]
        shares.append(np.mean(full_labels(plan, swapped) == truth))
    assert found.null.value == pytest.approx(np.mean(shares))
    assert (found.name, found.draws) == ("options permuted in a group", 3)


def test_rules_that_mean_something_beat_rules_by_lot():
    world = make_world(5, n_images=1, n_classes=8, n_groups=5, hard=True)
    plan = world.plan
    truth = np.repeat(np.arange(8), 10)
    similarities = plan.rules[torch.from_numpy(truth)]
    right = full_labels(plan, similarities) == truth
    answers = answers_of(plan, similarities)
    for found in (
        permuted_rules(plan, answers, truth, right),
        permuted_options(plan, answers, truth, right),
    ):
        assert found.observed > found.null.high
        assert found.p < 0.05
        assert found.null.low <= found.null.value <= found.null.high


def test_rules_by_lot_give_the_chance_of_a_label_on_average():
    world = make_world(1, n_images=400, n_classes=6, hard=True)
    plan = world.plan
    truth = np.random.default_rng(0).integers(0, 6, 400)
    right = full_labels(plan, world.similarities) == truth
    found = permuted_rules(plan, answers_of(plan, world.similarities), truth, right, 400)
    # Each class is given each rule equally often, whichever rule wins.
    assert found.null.value == pytest.approx(1 / 6, abs=0.02)


def test_a_null_by_hand():
    found = control("lot", [1, 2, 2, 3], np.array([True, True, True, False]))
    assert found.observed == 0.75
    assert found.null.value == 0.5
    assert (found.null.low, found.null.high) == pytest.approx((1.075 / 4, 2.925 / 4))
    assert found.p == 2 / 5


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.integers(0, 8))
def test_more_right_pictures_are_never_likelier_by_chance(counts, n_right):
    some, more = (control("lot", counts, np.arange(9) < n) for n in (n_right, n_right + 1))
    assert 0 < more.p <= some.p <= 1
