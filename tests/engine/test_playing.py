import math

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.engine.worlds import (
    article_label,
    article_scores,
    make_world,
    permute,
    without_near_ties,
)
from twentyq.bench.drawn import Size, draw_plan
from twentyq.engine import (
    Game,
    compile_plan,
    full_game,
    kept_similarities,
    names_system,
    parse_policy,
    parse_stop,
    play,
    replay,
)
from twentyq.engine.policy_text import POLICIES
from twentyq.engine.stopping import Certain, Confidence, Never
from twentyq.errors import SimilarityError
from twentyq.system.model import AttributeGroup, System

seeds = st.integers(0, 2**32 - 1)
scales = st.sampled_from([1.0, 24.6])
policies = st.sampled_from(sorted(POLICIES))


def outcome(world, **settings_of_play):
    detail = settings_of_play.pop("detail", "none")
    scale = settings_of_play.pop("scale", 1.0)
    game = Game(world.plan, scale, **settings_of_play)
    return play(game, world.ask, len(world.similarities), detail=detail)


# The reference


@given(seeds, scales)
def test_full_is_the_articles_pseudo_code(seed, scale):
    world = make_world(seed, labels=True)
    got = play(full_game(world.plan, scale), world.ask, len(world.similarities))
    assert set(got.stop_reason) == {"all-asked"}
    assert got.prompts_spent.tolist() == [world.plan.n_prompts] * len(world.similarities)
    for i, row in enumerate(world.similarities):
        expected = article_scores(world.system, row, scale)
        assert got.scores[i].tolist() == pytest.approx(list(expected.values()), abs=1e-10)
        label, margin = article_label(world.system, row, scale)
        if margin > 1e-9:
            assert world.plan.labels[world.plan.label_of[got.leader[i]]] == label


def test_ties_go_to_the_first_class_in_the_file():
    world = make_world(11, n_classes=6, hard=True)
    world.similarities[:] = 0.3
    got = play(full_game(world.plan, 1.0), world.ask, 6)
    assert got.leader.tolist() == [0] * 6


def test_the_baseline_of_names_takes_the_most_similar_name():
    names = tuple("abcd")
    system = System(
        "s", (AttributeGroup("g", "{}", ("x", "y")),), names, {n: {"g": {"x": 1.0}} for n in names}
    )
    plan = compile_plan(names_system(system))
    cosines = torch.from_numpy(np.random.default_rng(0).normal(size=(9, 4)))
    got = play(full_game(plan, 1.0), lambda group, rows: cosines[rows], 9)
    assert got.leader.tolist() == cosines.argmax(1).tolist()


# Promises


@given(seeds, policies, scales)
def test_asking_everything_gives_the_scores_and_label_of_full(seed, policy, scale):
    world = make_world(seed, labels=True, prior=True)
    full = play(full_game(world.plan, scale), world.ask, 6)
    got = outcome(world, scale=scale, policy=parse_policy(policy), stop=Never())
    assert torch.equal(got.leader, full.leader)
    # What tells no classes apart is no evidence, and does not count as a question in ρ.
    assert torch.allclose(got.posterior, full.posterior, atol=1e-9)
    spent = int(world.plan.sizes[world.plan.informative].sum())
    assert got.prompts_spent.tolist() == [spent] * 6
    assert set(got.stop_reason) == {"nothing-left"}


@given(seeds, policies, scales)
def test_certain_never_differs_from_full(seed, policy, scale):
    assert_certain_is_lossless(seed, policy, scale)


@pytest.mark.parametrize("block", range(20))
def test_certain_never_differs_from_full_on_two_thousand_systems(block):
    names = sorted(POLICIES)
    for seed in range(block * 100, block * 100 + 100):
        assert_certain_is_lossless(seed, names[seed % len(names)], (1.0, 24.6)[seed % 2])


@pytest.mark.slow
@pytest.mark.parametrize("block", range(20))
def test_certain_never_differs_from_full_on_twenty_thousand_systems(block):
    names = sorted(POLICIES)
    for seed in range(block * 1000 + 10_000, block * 1000 + 11_000):
        assert_certain_is_lossless(seed, names[seed % len(names)], (1.0, 24.6)[seed % 2])


def assert_certain_is_lossless(seed, policy, scale):
    world = make_world(seed, labels=seed % 3 == 0)
    full = play(full_game(world.plan, scale), world.ask, 6)
    got = outcome(world, scale=scale, policy=parse_policy(policy), stop=Certain())
    labels = world.plan.label_of
    assert torch.equal(labels[got.leader], labels[full.leader])


def test_certain_does_stop_early_where_answers_are_clear():
    stopped = 0
    for seed in range(50):
        world = make_world(seed, hard=True, n_groups=5)
        got = outcome(world, scale=100.0, stop=Certain())
        everything = int(world.plan.sizes[world.plan.informative].sum())
        stopped += int((got.prompts_spent < everything).sum())
    assert stopped > 50


@given(seeds, policies)
def test_posterior_is_finite_and_sums_to_one(seed, policy):
    world = make_world(seed, prior=True)
    got = outcome(world, policy=parse_policy(policy), scale=100.0)
    assert bool(torch.isfinite(got.posterior).all())
    assert torch.allclose(got.posterior.sum(1), torch.ones(6, dtype=torch.float64))


@given(seeds)
def test_posterior_equals_bayes_written_out(seed):
    world = make_world(seed, prior=True)
    got = outcome(world, scale=3.0, stop=parse_stop("questions:2"))
    plan, prior = world.plan, [world.system.prior[n] for n in world.system.classes]
    for i in range(6):
        asked = [g for g in got.groups_asked[i].tolist() if g >= 0]
        weights = []
        for c, weight in enumerate(prior):
            log_l = 0.0
            for g in asked:
                block = plan.options_of(g)
                logits = [3.0 * float(x) for x in world.similarities[i, block]]
                powers = [math.exp(x - max(logits)) for x in logits]
                a = [p / sum(powers) for p in powers]
                r = plan.rules[c, block].tolist()
                k = len(a)
                blurred = sum(ak * (0.98 * rk + 0.02 / k) for ak, rk in zip(a, r, strict=True))
                log_l += math.log(blurred)
            discount = 1 / (1 + 0.1 * (len(asked) - 1)) if asked else 1
            weights.append(weight * math.exp(discount * log_l))
        expected = [w / sum(weights) for w in weights]
        assert got.posterior[i].tolist() == pytest.approx(expected, abs=1e-8)


@given(seeds, policies)
def test_a_batch_equals_its_pictures_one_by_one(seed, policy):
    world = make_world(seed)
    game = Game(world.plan, 24.6, policy=parse_policy(policy))
    together = play(game, world.ask, 6)
    for i in range(6):
        alone = play(
            game, lambda g, rows, i=i: world.ask(g, rows + i), 1, numbers=torch.tensor([i])
        )
        assert alone.groups_asked[0].tolist() == together.groups_asked[i].tolist()
        assert torch.equal(alone.scores[0], together.scores[i])
        assert torch.equal(alone.leader[0], together.leader[i])
        assert torch.allclose(alone.posterior[0], together.posterior[i], atol=1e-12)
        assert alone.stop_reason[0] == together.stop_reason[i]


@given(seeds, st.randoms(), st.sampled_from(["gain", "gain-per-prompt", "gini", "static"]))
def test_permuting_groups_options_and_classes_permutes_the_result(seed, random, policy):
    world = make_world(seed, n_images=12, n_classes=5, n_groups=4, prior=True)
    # By score, classes that no group asked so far tells apart would lead in the file's order.
    settings_of_play = {
        "policy": parse_policy(policy),
        "stop": parse_stop("confidence:0.6"),
        "decide": "posterior",
    }
    first = play(Game(world.plan, 5.0, **settings_of_play), world.ask, 12, detail="full")
    clear = without_near_ties(first)
    assume(clear)

    permuted = permute(world, random)
    got = play(Game(permuted.plan, 5.0, **settings_of_play), permuted.ask, 12)
    back = [permuted.plan.classes.index(name) for name in world.plan.classes]
    assert torch.allclose(got.scores[:, back][clear], first.scores[clear], atol=1e-10)
    assert torch.allclose(got.posterior[:, back][clear], first.posterior[clear], atol=1e-9)
    for i in clear:
        asked = [world.plan.groups[g] for g in first.groups_asked[i].tolist() if g >= 0]
        assert asked == [permuted.plan.groups[g] for g in got.groups_asked[i].tolist() if g >= 0]
        assert permuted.plan.classes[got.leader[i]] == world.plan.classes[first.leader[i]]
        assert got.stop_reason[i] == first.stop_reason[i]


@given(seeds, policies, st.integers(0, 25))
def test_the_budget_is_kept_and_no_group_is_asked_twice(seed, policy, more):
    world = make_world(seed)
    if not bool(world.plan.informative.any()):
        return
    budget = int(world.plan.sizes[world.plan.informative].min()) + more
    got = outcome(world, policy=parse_policy(policy), stop=Never(), budget=budget)
    assert int(got.prompts_spent.max()) <= budget
    for i, asked in enumerate(got.groups_asked.tolist()):
        asked = [g for g in asked if g >= 0]
        assert len(asked) == len(set(asked))
        assert int(got.prompts_spent[i]) == sum(int(world.plan.sizes[g]) for g in asked)
        left = set(world.plan.informative.nonzero()[:, 0].tolist()) - set(asked)
        assert all(int(got.prompts_spent[i] + world.plan.sizes[g]) > budget for g in left)
        assert got.stop_reason[i] == ("budget" if left else "nothing-left")


@given(seeds, policies, st.sampled_from(["confidence:0.6", "certain", "margin:0.3|questions:2"]))
def test_a_trace_replays_to_the_same_result(seed, policy, stop):
    world = make_world(seed, prior=True)
    game = Game(world.plan, 24.6, policy=parse_policy(policy), stop=parse_stop(stop))
    first = play(game, world.ask, 6, detail="full")
    again = replay(game, first.groups_asked, world.ask, detail="full")
    assert torch.equal(first.groups_asked, again.groups_asked)
    assert torch.equal(first.scores, again.scores)
    assert torch.equal(first.leader, again.leader)
    assert torch.allclose(first.posterior, again.posterior, atol=1e-12)
    for one, two in zip(first.rounds, again.rounds, strict=True):
        assert torch.equal(one.group, two.group)
        assert torch.equal(one.answer, two.answer)
        assert torch.allclose(one.expected_bits, two.expected_bits, atol=1e-12)
        assert torch.allclose(one.realised_bits, two.realised_bits, atol=1e-9)


def test_a_replay_follows_the_groups_whatever_the_budget():
    world = make_world(5, n_classes=8, n_groups=5, hard=True)
    every = play(Game(world.plan, 1.0, stop=Never()), world.ask, 6)
    poor = Game(world.plan, 1.0, budget=int(world.plan.sizes.max()))
    assert torch.equal(replay(poor, every.groups_asked, world.ask).scores, every.scores)


@given(seeds, st.sampled_from([math.nan, math.inf, -math.inf]))
@settings(max_examples=30)
def test_what_is_not_finite_is_an_error_that_names_prompt_and_picture(seed, value):
    world = make_world(seed, n_classes=4, hard=True)
    group = int(world.plan.informative.nonzero()[0]) if world.plan.informative.any() else None
    if group is None:
        return
    column = world.plan.first_option[group] + 1
    world.similarities[3, column] = value
    with pytest.raises(SimilarityError) as caught:
        outcome(world, stop=Never())
    assert str(caught.value).startswith(
        f"picture 3, prompt {world.plan.prompts[group][1]!r}: a similarity is not a finite number"
    )


def test_a_picture_is_named_by_its_number_in_the_whole_run():
    world = make_world(5, n_classes=8, n_groups=5, hard=True)
    world.similarities[3] = math.nan
    with pytest.raises(SimilarityError, match=r"^picture 103, prompt "):
        play(Game(world.plan, 1.0), world.ask, 6, numbers=torch.arange(100, 106))


# Play


def test_of_rules_that_hold_together_the_first_names_the_reason():
    world = make_world(5, n_classes=8, n_groups=5, hard=True)
    for text in ("questions:1|confidence:0.001", "confidence:0.001|questions:1"):
        got = outcome(world, stop=parse_stop(text))
        assert got.stop_reason == (text.split("|")[0],) * 6


def test_only_groups_that_somebody_asked_are_listened_to():
    world = make_world(5, n_classes=8, n_groups=5, hard=True)
    listened = []

    def ask(group, rows):
        listened.append(group)
        return world.ask(group, rows)

    got = play(Game(world.plan, 100.0, stop=parse_stop("questions:2")), ask, 6)
    asked = {g for row in got.groups_asked.tolist() for g in row if g >= 0}
    assert asked < set(range(5))
    assert sorted(listened) == sorted(asked)


def test_however_many_rounds_ask_a_group_it_is_listened_to_once():
    world = make_world(21, n_classes=8, n_groups=5, hard=True, n_images=40)
    listened = []

    def ask(group, rows):
        listened.append(group)
        return world.ask(group, rows)

    play(Game(world.plan, 100.0, stop=Never()), ask, 40)
    assert sorted(listened) == [0, 1, 2, 3, 4]


def test_what_is_not_finite_hurts_only_a_picture_that_asks_for_it():
    world = make_world(21, n_classes=8, n_groups=5, hard=True, n_images=40)
    stop = parse_stop("questions:2")
    unspoilt = play(Game(world.plan, 100.0, stop=stop), world.ask, 40)
    asked = (unspoilt.groups_asked[:, :, None] == torch.arange(5)).any(dim=1)
    world.similarities[~asked[:, world.plan.option_group]] = math.nan
    got = play(Game(world.plan, 100.0, stop=stop), world.ask, 40)
    assert torch.equal(got.groups_asked, unspoilt.groups_asked)
    assert torch.equal(got.scores, unspoilt.scores)


@given(seeds, st.sampled_from([name for name in sorted(POLICIES) if name.startswith("g")]))
def test_planning_in_single_precision_asks_the_same(seed, policy):
    world = make_world(seed, n_images=12, prior=True)
    exact = Game(world.plan, 24.6, policy=parse_policy(policy), stop=Never())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("twentyq.engine.game.LARGE", 1)
        rounded = Game(world.plan, 24.6, policy=parse_policy(policy), stop=Never())
    assert exact.rough is None
    assert rounded.rough is not None
    ours, theirs = (play(game, world.ask, 12) for game in (rounded, exact))
    assert torch.equal(ours.groups_asked, theirs.groups_asked)
    assert torch.equal(ours.posterior, theirs.posterior)


def test_large_plans_are_planned_in_single_precision_and_play_the_same_one_by_one():
    size = Size(classes=400, groups=100, options=8, batch=16)
    plan = draw_plan(size)
    cosines = torch.from_numpy(np.random.default_rng(0).normal(size=(16, size.prompts)))
    game = Game(plan, 3.0, stop=parse_stop("questions:12"))
    assert game.rough is not None
    together = play(game, kept_similarities(plan, cosines), 16)
    shown = play(game, kept_similarities(plan, cosines), 16, detail="brief")
    assert torch.equal(together.groups_asked, shown.groups_asked)
    for i in range(16):
        alone = play(game, kept_similarities(plan, cosines[i : i + 1]), 1)
        assert torch.equal(together.groups_asked[i], alone.groups_asked[0])


def test_pictures_follow_their_own_paths_and_share_groups():
    world = make_world(21, n_classes=8, n_groups=5, hard=True, n_images=40)
    got = play(Game(world.plan, 100.0, stop=Never()), world.ask, 40)
    assert len({tuple(row) for row in got.groups_asked.tolist()}) > 1


def test_classes_that_nothing_tells_apart_end_at_once():
    group = AttributeGroup("g", "{}", ("x", "y"))
    system = System("s", (group,), ("a", "b"), {n: {"g": {"x": 1.0}} for n in "ab"})
    got = play(Game(compile_plan(system), 1.0), lambda g, rows: torch.zeros(len(rows), 2), 3)
    assert got.stop_reason == ("nothing-left",) * 3
    assert got.leader.tolist() == [0, 0, 0]
    assert got.prompts_spent.tolist() == [0, 0, 0]
    assert got.outcome_posterior.tolist() == [1.0, 1.0, 1.0]


def test_no_pictures_are_no_trouble():
    world = make_world(1)
    got = play(Game(world.plan, 1.0), world.ask, 0)
    assert got.leader.shape == (0,)
    assert got.stop_reason == ()


def test_an_order_that_leaves_groups_out_ends_there():
    world = make_world(5, n_classes=8, n_groups=5, hard=True)
    got = outcome(world, policy=parse_policy("static:g3,g1"), stop=Never())
    assert got.groups_asked[:, :3].tolist() == [[3, 1, -1]] * 6
    assert set(got.stop_reason) == {"order-ended"}


def test_the_prior_moves_belief_but_not_the_decision_by_score():
    world = make_world(8, n_classes=5, prior=True)
    flat = System("s", world.system.groups, world.system.classes, world.system.rules)
    with_prior = outcome(world, stop=Never())
    without = play(Game(compile_plan(flat), 1.0, stop=Never()), world.ask, 6)
    assert torch.equal(with_prior.leader, without.leader)
    assert not torch.allclose(with_prior.posterior, without.posterior)


def test_decision_by_posterior_adds_up_classes_that_share_a_label():
    group = AttributeGroup("g", "{}", ("x", "y", "z"))
    system = System(
        "s",
        (group,),
        ("whole", "half1", "half2"),
        {"whole": {"g": {"x": 1.0}}, "half1": {"g": {"y": 1.0}}, "half2": {"g": {"z": 1.0}}},
        labels={"half1": "halves", "half2": "halves"},
    )
    plan = compile_plan(system)
    a = torch.log(torch.tensor([[0.4, 0.35, 0.25]]).double())
    by_score = play(Game(plan, 1.0, stop=Never()), lambda g, rows: a[rows], 1)
    by_belief = play(Game(plan, 1.0, stop=Never(), decide="posterior"), lambda g, rows: a[rows], 1)
    assert plan.classes[int(by_score.leader)] == "whole"
    assert plan.labels[int(plan.label_of[by_belief.leader])] == "halves"
    assert float(by_belief.outcome_posterior) > 0.5


# Trace


@given(seeds)
def test_rounds_record_what_was_asked_and_why(seed):
    world = make_world(seed)
    game = Game(world.plan, 24.6, stop=Confidence(0.8))
    got = play(game, world.ask, 6, detail="brief")
    order = {i: [] for i in range(6)}
    for item in got.rounds:
        assert bool((item.expected_bits >= 0).all())
        # The policy is gain, so the chosen group leads its rivals by its own bits.
        assert torch.allclose(item.rival_values[:, 0], item.expected_bits, atol=1e-11)
        assert torch.allclose(item.answer.sum(1), torch.ones(len(item.rows)).double())
        for row, group in zip(item.rows.tolist(), item.group.tolist(), strict=True):
            order[row].append(group)
    for i, row in enumerate(got.groups_asked.tolist()):
        assert order[i] == [g for g in row if g >= 0]
    if got.rounds:
        last = {int(r): item for item in got.rounds for r in item.rows}
        for i, item in last.items():
            at = item.rows.tolist().index(i)
            assert int(item.leader[at]) == int(got.leader[i])
            assert float(item.outcome_posterior[at]) == pytest.approx(
                float(got.outcome_posterior[i])
            )


def test_realised_bits_add_up_to_the_fall_of_entropy():
    world = make_world(5, n_classes=8, n_groups=5, hard=True)
    got = outcome(world, scale=24.6, stop=Never(), detail="full")
    total = torch.zeros(6, dtype=torch.float64)
    for item in got.rounds:
        total[item.rows] += item.realised_bits
    final = torch.special.entr(got.posterior).sum(1) / math.log(2)
    assert torch.allclose(total, math.log2(8) - final)
    assert got.rounds[0].best_classes.shape == (6, 8)
    assert got.rounds[0].rival_groups.shape == (6, 5)
