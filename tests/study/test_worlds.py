import numpy as np
import pytest
import torch

from tests.study.simulated import every_picture, least, spent_by
from twentyq.engine import Game, compile_plan, parse_policy, parse_stop, play
from twentyq.engine.gain import build_channel, gini_gain, information_gain
from twentyq.study.lookahead import LookaheadPolicy
from twentyq.study.optimum import (
    asked_by,
    believed_label,
    expected_accuracy,
    expected_prompts,
    open_groups,
)
from twentyq.study.simulator import enumerate_positions
from twentyq.study.worlds import draw_system, hidden_mode, unequal_groups
from twentyq.system import dump_system, parse_system

GREEDY = ("gain", "gain-per-prompt", "gini", "gini-per-prompt")


@pytest.fixture(scope="module")
def unequal():
    return compile_plan(unequal_groups())


def test_unequal_groups_cost_the_optimum_twelve_and_greedy_fourteen(unequal):
    assert least(unequal, 0) == pytest.approx(12, abs=1e-12)
    for policy in GREEDY:
        assert spent_by(unequal, 0, parse_policy(policy), 0) == pytest.approx(14, abs=1e-12)


def test_the_openings_are_as_the_proof_says(unequal):
    prior = torch.exp(unequal.log_prior)[None]
    channel = build_channel(unequal, 0)
    column, row, half, pair = range(4)
    bits, gini = information_gain(channel, prior)[0], gini_gain(channel, prior)[0]
    assert bits[[half, pair]].tolist() == pytest.approx([1, 3])
    assert int(bits.argmax()) == pair
    assert int((bits / unequal.sizes).argmax()) == half
    assert float(gini[pair]) == pytest.approx(7 / 16)
    assert int(gini.argmax()) == int((gini / unequal.sizes).argmax()) == pair
    assert gini[[column, row]].tolist() == pytest.approx([5 / 16, 5 / 16])


def test_column_and_row_are_the_only_two_that_tell_all_apart_for_twelve(unequal):
    rules = unequal.rules.to(torch.int64)
    told = {}
    for mask in range(1, 16):
        groups = [g for g in range(4) if mask >> g & 1]
        columns = torch.cat([rules[:, unequal.options_of(g)] for g in groups], dim=1)
        if len(torch.unique(columns, dim=0)) == len(unequal.classes):
            told[tuple(unequal.groups[g] for g in groups)] = int(unequal.sizes[groups].sum())
    assert min(told.values()) == told["column", "row"] == 12
    assert sorted(told.values())[1] == 14


def solved(modes, stop):
    """Accuracy and prompts of greedy play without noise, in the world where modes are real."""
    world = enumerate_positions(compile_plan(hidden_mode(modes=True)), 0)
    believed = enumerate_positions(compile_plan(hidden_mode(modes=modes)), 0)
    free = open_groups(believed, parse_stop(stop))
    return [
        (
            expected_accuracy(world, asking, believed_label(believed)),
            expected_prompts(world, asking),
        )
        for policy in (*map(parse_policy, GREEDY), LookaheadPolicy())
        for asking in [asked_by(believed, policy, free, 0)]
    ]


def test_modes_written_as_classes_are_solved_by_greedy_play():
    for accuracy, prompts in solved(modes=True, stop="confidence:0.9"):
        assert accuracy == pytest.approx(1)
        assert prompts == pytest.approx(8)


def test_without_modes_nothing_tells_the_wirings_apart_but_the_weak_groups():
    # Two answers, each right with chance 0.6, of which the second can only undo the first.
    for accuracy, prompts in solved(modes=False, stop="none"):
        assert accuracy == pytest.approx(0.6)
        assert prompts == pytest.approx(8)


@pytest.mark.parametrize(("modes", "accuracy"), [(True, 1.0), (False, 0.6)])
def test_the_engine_with_all_its_defaults_finds_the_same(modes, accuracy):
    world = compile_plan(hidden_mode(modes=True))
    cosines, chance = every_picture(world, 0)
    plan = compile_plan(hidden_mode(modes=modes))
    outcome = play(Game(plan, 1000), lambda g, r: cosines[r][:, plan.options_of(g)], len(cosines))
    right = world.label_of == plan.label_of[outcome.leader][:, None]
    assert float((chance * right).sum()) == pytest.approx(accuracy)


@pytest.mark.parametrize(
    "system",
    [
        unequal_groups(),
        hidden_mode(modes=True),
        hidden_mode(modes=False),
        draw_system(np.random.default_rng(4)),
    ],
    ids=lambda system: system.name,
)
def test_the_systems_can_be_written_as_files(system):
    again = parse_system(dump_system(system))
    assert again.classes == system.classes
    assert again.groups == system.groups
    assert dict(again.labels) == dict(system.labels)
    plan, back = compile_plan(system), compile_plan(again)
    torch.testing.assert_close(back.rules, plan.rules)


def test_drawn_systems_are_of_the_sizes_promised_and_seeded():
    drawn = [draw_system(np.random.default_rng(seed)) for seed in range(60)]
    assert {len(system.classes) for system in drawn} == set(range(6, 14))
    assert {len(system.groups) for system in drawn} == {4, 5, 6}
    sizes = {len(group.options) for system in drawn for group in system.groups}
    assert sizes == {2, 3, 4}
    assert draw_system(np.random.default_rng(7)) == drawn[7]
    named = [
        len(system.rules[name].get(group.name, ()))
        for system in drawn
        for name in system.classes
        for group in system.groups
    ]
    assert 0.66 < named.count(1) / len(named) < 0.74
    assert 0.03 < named.count(0) / len(named) < 0.07
