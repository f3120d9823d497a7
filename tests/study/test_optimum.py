import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.worlds import rng_system
from tests.study.simulated import STOP, every_picture, least
from twentyq.engine import BeliefSettings, Game, compile_plan, parse_policy, parse_stop, play
from twentyq.engine.gain import build_channel
from twentyq.engine.policies import GainPolicy
from twentyq.study.lookahead import LookaheadPolicy, ToStopPolicy
from twentyq.study.optimum import (
    asked_at_best,
    asked_at_random,
    asked_by,
    believed_label,
    expected_accuracy,
    expected_prompts,
    open_groups,
)
from twentyq.study.simulator import enumerate_positions
from twentyq.study.worlds import draw_system
from twentyq.system.model import AttributeGroup, System

GREEDY = ("gain", "gain-per-prompt", "gini", "gini-per-prompt")
LOOKAHEAD = (
    LookaheadPolicy(),
    LookaheadPolicy(per_prompt=True, threshold=0.9),
    ToStopPolicy(GainPolicy(per_prompt=True), 0.9),
)
seeds = st.integers(0, 10_000)
noises = st.sampled_from([0.05, 0.2, 0.4])


def hard_system(options, rules, prior=None):
    """A system whose classes name one option of each group, `rules[class] = (option, ...)`."""
    groups = tuple(
        AttributeGroup(f"g{g}", "{}", tuple(f"o{k}" for k in range(size)))
        for g, size in enumerate(options)
    )
    named = {
        name: {f"g{g}": {f"o{k}": 1.0} for g, k in enumerate(answers)}
        for name, answers in rules.items()
    }
    return System("by hand", groups, tuple(rules), named, prior=prior or {})


def tiny_plan(seed):
    rng = np.random.default_rng(seed)
    system = rng_system(rng, n_classes=int(rng.integers(2, 5)), n_groups=3, labels=True, prior=True)
    return compile_plan(system)


def exact_game(plan, noise, policy, planning):
    """The engine's game with the belief of an observer who knows the channel."""
    belief = BeliefSettings(noise, redundancy=0)
    # At this scale the softmax of a cosine of 1 among zeros is 1 to the last bit.
    return Game(plan, 1000, policy, STOP, "posterior", belief=belief, noise=planning)


def played(game, cosines, **numbers):
    plan = game.plan
    return play(game, lambda g, rows: cosines[rows][:, plan.options_of(g)], len(cosines), **numbers)


def test_a_likely_class_is_worth_a_question_of_its_own():
    rules = {"a": (0, 0), "b": (1, 1), "c": (1, 2)}
    even = compile_plan(hard_system((2, 3), rules))
    assert least(even, 0) == pytest.approx(3)  # the group of three at once; else 2 + 2/3 · 3 = 4
    skewed = compile_plan(hard_system((2, 3), rules, prior={"a": 8.0}))
    assert least(skewed, 0) == pytest.approx(2 + 0.2 * 3)


def test_three_noisy_copies_of_one_question():
    plan = compile_plan(hard_system((2, 2, 2), {"a": (0, 0, 0), "b": (1, 1, 1)}))
    right = 0.85  # η = 0.3: one answer gives 0.85, two that agree 0.97, two that differ 0.5
    assert least(plan, 0.3) == pytest.approx(4 + 2 * right * (1 - right) * 2)
    assert least(plan, 0.1) == pytest.approx(2)  # one answer gives 0.95
    assert least(plan, 0.3, parse_stop("none")) == pytest.approx(6)


def test_groups_that_tell_nothing_apart_are_never_asked():
    plan = compile_plan(hard_system((2, 3), {"a": (0, 1), "b": (1, 1)}))
    assert least(plan, 0.5, parse_stop("none")) == pytest.approx(2)


def trees(groups, sizes):
    """Every decision tree over these groups: (group, one subtree for each option), or None."""
    if not groups:
        yield None
    for group in groups:
        below = list(trees([g for g in groups if g != group], sizes))
        for branches in itertools.product(below, repeat=sizes[group]):
            yield group, branches


def prompts_of_tree(plan, channel, tree, joint, threshold, first=True):
    """What a tree spends, walked in plain Python; weighted by the chance of coming here."""
    total = sum(joint)
    if tree is None or (not first and largest_outcome(plan, joint) / total >= threshold):
        return 0.0
    group, branches = tree
    spent = total * len(plan.options[group])
    for k, branch in enumerate(branches):
        column = plan.first_option[group] + k
        then = [p * channel[c][column] for c, p in enumerate(joint)]
        spent += prompts_of_tree(plan, channel, branch, then, threshold, first=False)
    return spent


def largest_outcome(plan, joint):
    """The chance of the label of largest chance, with the classes equal to its likeliest class."""
    label, tie = plan.label_of.tolist(), plan.tie_of.tolist()
    masses = [sum(p for p, other in zip(joint, label, strict=True) if other == it) for it in label]
    leader = next(c for c, mass in enumerate(masses) if mass >= max(masses) * (1 - 1e-12))
    return sum(
        p
        for p, its_label, its_tie in zip(joint, label, tie, strict=True)
        if its_label == label[leader] or its_tie == tie[leader]
    )


@settings(max_examples=15)
@given(seed=seeds, noise=noises, threshold=st.sampled_from([0.55, 0.73, 0.91]))
def test_no_decision_tree_of_all_there_are_spends_less(seed, noise, threshold):
    rng = np.random.default_rng(seed)
    sizes = tuple(rng.permutation([2, 2, 3]).tolist())
    rules = {f"c{c}": tuple(rng.integers(sizes).tolist()) for c in range(4)}
    prior = dict(zip(rules, rng.uniform(0.5, 2, size=4).tolist(), strict=True))
    plan = compile_plan(hard_system(sizes, rules, prior))
    channel = build_channel(plan, noise).probability.tolist()
    start = torch.exp(plan.log_prior).tolist()
    groups = plan.informative.nonzero()[:, 0].tolist()
    found = least(plan, noise, parse_stop(f"confidence:{threshold}"))
    every = [
        prompts_of_tree(plan, channel, tree, start, threshold) for tree in trees(groups, sizes)
    ]
    assert found == pytest.approx(min(every))


@settings(max_examples=25)
@given(seed=seeds, noise=noises, planning=st.sampled_from([0.05, 0.2, 0.5]))
def test_no_policy_spends_less_than_the_optimum(seed, noise, planning):
    positions = enumerate_positions(tiny_plan(seed), noise)
    free = open_groups(positions, STOP)
    best = expected_prompts(positions, asked_at_best(positions, free))
    ways = [
        asked_by(positions, policy, free, planning)
        for policy in (*map(parse_policy, (*GREEDY, "static", "random:3")), *LOOKAHEAD)
    ]
    for asking in (*ways, asked_at_random(free)):
        assert expected_prompts(positions, asking) >= best - 1e-9
        assert torch.equal(asking.sum(dim=1) > 0, free.any(dim=1))
        assert not asking[~free].any()


@settings(max_examples=25)
@given(seed=seeds, noise=noises)
def test_asking_for_more_confidence_never_costs_less(seed, noise):
    plan = tiny_plan(seed)
    spent = [least(plan, noise, parse_stop(f"confidence:{t}")) for t in (0.5, 0.7, 0.9, 0.99, 1)]
    assert all(more >= less - 1e-9 for less, more in itertools.pairwise(spent))


@settings(max_examples=25)
@given(
    seed=seeds,
    noise=noises,
    planning=st.sampled_from([0.05, 0.5]),
    policy=st.sampled_from([*map(parse_policy, (*GREEDY, "static")), *LOOKAHEAD]),
)
def test_the_engine_spends_what_is_expected_of_it(seed, noise, planning, policy):
    plan = tiny_plan(seed)
    positions = enumerate_positions(plan, noise)
    asking = asked_by(positions, policy, open_groups(positions, STOP), planning)
    cosines, chance = every_picture(plan, noise)
    outcome = played(exact_game(plan, noise, policy, planning), cosines)
    by_play = (chance.sum(dim=1) * outcome.prompts_spent).sum()
    assert expected_prompts(positions, asking) == pytest.approx(float(by_play))
    right = plan.label_of == plan.label_of[outcome.leader][:, None]
    accuracy = expected_accuracy(positions, asking, believed_label(positions))
    assert accuracy == pytest.approx(float((chance * right).sum()))


def drawn_pictures(plan, noise, n, rng):
    """Answers drawn one group after another, as the simulator's words say."""
    truth = rng.choice(len(plan.classes), size=n, p=torch.exp(plan.log_prior).numpy())
    cosines = np.zeros((n, plan.n_prompts))
    for g, size in enumerate(plan.sizes.tolist()):
        rules = plan.rules[:, plan.options_of(g)].numpy()[truth]
        kept = (rng.random((n, 1)) > rules.cumsum(axis=1)[:, :-1]).sum(axis=1)
        answer = np.where(rng.random(n) < noise, rng.integers(size, size=n), kept)
        cosines[np.arange(n), plan.first_option[g] + answer] = 1
    return torch.from_numpy(cosines)


@pytest.mark.parametrize("policy", ["gain-per-prompt", "random:5"])
@pytest.mark.parametrize("noise", [0.05, 0.2])
def test_drawn_games_spend_what_is_expected_within_their_error(policy, noise):
    rng = np.random.default_rng(3)
    plan = compile_plan(draw_system(rng))
    positions = enumerate_positions(plan, noise)
    free = open_groups(positions, STOP)
    named = parse_policy(policy)
    random = policy.startswith("random")
    asking = asked_at_random(free) if random else asked_by(positions, named, free, noise)
    cosines = drawn_pictures(plan, noise, 4000, rng)
    spent = played(exact_game(plan, noise, named, noise), cosines).prompts_spent.to(torch.float64)
    assert float(spent.std()) > 0
    error = float(spent.std()) / len(spent) ** 0.5
    assert abs(float(spent.mean()) - expected_prompts(positions, asking)) < 4 * error


def test_an_observer_with_wrong_rules_is_judged_by_the_world():
    rules = {"a": (0,), "b": (1,)}
    world = enumerate_positions(compile_plan(hard_system((2,), rules)), 0.2)
    swapped = compile_plan(hard_system((2,), {"a": (1,), "b": (0,)}))
    believed = enumerate_positions(swapped, 0.2)
    asking = asked_by(believed, parse_policy("gain"), open_groups(believed, STOP), 0.2)
    assert expected_accuracy(world, asking, believed_label(world)) == pytest.approx(0.9)
    assert expected_accuracy(world, asking, believed_label(believed)) == pytest.approx(0.1)
    assert expected_prompts(world, asking) == pytest.approx(2)


def test_a_game_asks_at_least_once_as_the_engine_does():
    rules = {"a": (0,), "b": (1,)}
    plan = compile_plan(hard_system((2,), rules, prior={"a": 99.0}))
    assert least(plan, 0.05) == pytest.approx(2)
    assert played(
        replace(exact_game(plan, 0.05, parse_policy("gain"), 0.05)), every_picture(plan, 0.05)[0]
    ).prompts_spent.tolist() == [2, 2]


def test_classes_that_are_all_alike_are_asked_nothing():
    positions = enumerate_positions(compile_plan(hard_system((2,), {"a": (0,), "b": (0,)})), 0.2)
    free = open_groups(positions, STOP)
    for policy in (*map(parse_policy, (*GREEDY, "static", "random")), *LOOKAHEAD):
        assert expected_prompts(positions, asked_by(positions, policy, free, 0.2)) == 0
    assert expected_prompts(positions, asked_at_best(positions, free)) == 0


def test_ties_go_to_the_group_that_stands_first():
    plan = compile_plan(hard_system((2, 2), {"a": (0, 0), "b": (1, 1)}))
    positions = enumerate_positions(plan, 0.05)
    asking = asked_at_best(positions, open_groups(positions, STOP))
    assert asking[-1].tolist() == [1, 0]
