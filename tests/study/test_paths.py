from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.calibrated import PARTS, make_calibration
from tests.engine.worlds import make_world
from twentyq.engine import Game, full_game, parse_policy, parse_stop, play
from twentyq.engine.policies import GivenPolicy
from twentyq.engine.stopping import Confidence, Never, Questions
from twentyq.errors import SimilarityError
from twentyq.study.paths import fires, stop_at, stopping_column, walk

N = 12
seeds = st.integers(0, 2**32 - 1)
policies = st.sampled_from(
    ["gain", "gain-per-prompt", "gini", "static", "static:g1,g0", "random", "random:7"]
)
stops = st.sampled_from(
    [
        "confidence:0.3",
        "confidence:0.62",
        "confidence:0.93",
        "margin:0.11",
        "margin:0.57",
        "questions:1",
        "questions:3",
        "certain",
        "none",
        "certain|confidence:0.83",
        "questions:2&margin:0.23",
        "confidence:0.71&questions:2|certain|questions:4",
    ]
)


def make_game(world, policy, decide="score", budget=None, scale=24.6):
    plan = world.plan
    if budget is not None and plan.informative.any():
        budget = max(budget, int(plan.sizes[plan.informative].min()))
    return Game(
        plan, scale, policy=parse_policy(policy), stop=Never(), decide=decide, budget=budget
    )


def assert_equals_play(path, game, stop, world):
    """What the path says of a stop rule is what play returns with it."""
    plan, stopped = game.plan, stop_at(path, parse_stop(stop))
    played = play(replace(game, stop=parse_stop(stop)), world.ask, len(world.similarities))
    assert stopped.label.tolist() == plan.label_of[played.leader].tolist()
    assert stopped.top[:, 0].tolist() == stopped.label.tolist()
    assert stopped.spent.tolist() == played.prompts_spent.tolist()
    assert stopped.questions.tolist() == (played.groups_asked >= 0).sum(1).tolist()
    assert stopped.confidence == pytest.approx(played.outcome_posterior.numpy(), abs=1e-12)
    if played.outcome_probability is None:
        assert np.isnan(stopped.probability).all()
    else:
        expected = played.outcome_probability.numpy()
        assert stopped.probability == pytest.approx(expected, abs=1e-12)
    asked = [sorted(g for g in row if g >= 0) for row in played.groups_asked.tolist()]
    assert [np.flatnonzero(row).tolist() for row in stopped.asked] == asked


@given(seeds, policies, stops, st.none() | st.integers(2, 12), st.integers(1, N))
def test_a_stop_read_off_a_path_is_what_play_returns(seed, policy, stop, budget, batch):
    world = make_world(seed, N, n_groups=5, labels=seed % 2 == 0, prior=seed % 3 == 0)
    game = make_game(world, policy, budget=budget)
    assert_equals_play(walk(game, world.similarities, batch=batch), game, stop, world)


@given(seeds, policies, st.sampled_from(["confidence:0.62", "margin:0.23&questions:2"]))
def test_it_is_so_when_the_posterior_decides(seed, policy, stop):
    world = make_world(seed, N, n_groups=5, labels=True)
    game = make_game(world, policy, decide="posterior", scale=1.0)
    assert_equals_play(walk(game, world.similarities), game, stop, world)


@settings(max_examples=50)
@given(
    seeds,
    st.sets(st.sampled_from(PARTS)),
    st.sampled_from(["gain", "gini-per-prompt", "static"]),
    st.sampled_from(["agrees:0.9", "agrees:0.9|confidence:0.81", "agrees:0.9&questions:2"]),
)
def test_it_is_so_with_a_calibration(seed, parts, policy, stop):
    world = make_world(seed, N, n_groups=5, labels=True)
    calibration = make_calibration(world, sorted(parts | {"moments"}), seed)
    game = replace(make_game(world, policy), calibration=calibration)
    assert_equals_play(walk(game, world.similarities, batch=5), game, stop, world)


@settings(max_examples=30)
@given(seeds, st.sets(st.sampled_from(PARTS)))
def test_it_is_so_when_the_calibrated_probability_decides(seed, parts):
    world = make_world(seed, N, n_groups=5, labels=True)
    calibration = make_calibration(world, sorted(parts | {"probability"}), seed)
    game = replace(make_game(world, "gain"), calibration=calibration, decide="calibrated")
    path = walk(game, world.similarities)
    assert_equals_play(path, game, "confidence:0.62", world)
    assert np.isnan(path.agreement).all()


@given(seeds)
def test_the_path_of_full_ends_with_its_label_and_every_prompt(seed):
    world = make_world(seed, N)
    game = full_game(world.plan, 24.6)
    path = walk(game, world.similarities)
    full = play(game, world.ask, N)
    assert path.label[:, -1].tolist() == world.plan.label_of[full.leader].tolist()
    assert path.spent[:, -1].tolist() == [world.plan.n_prompts] * N
    assert path.length.tolist() == [len(world.plan.groups)] * N
    assert stop_at(path, Never()).asked.all()


@given(seeds, policies)
def test_the_path_is_the_trace_in_numbers(seed, policy):
    world = make_world(seed, N, n_groups=5)
    game = make_game(world, policy)
    path = walk(game, world.similarities)
    rounds = play(game, world.ask, N, detail="brief").rounds
    assert path.group.shape == (N, max(len(rounds), 1))
    assert path.length.sum() == sum(len(item.rows) for item in rounds)
    for r, item in enumerate(rounds):
        rows = item.rows.numpy()
        assert path.group[rows, r].tolist() == item.group.tolist()
        assert path.bits[rows, r] == pytest.approx(item.realised_bits.numpy(), abs=1e-12)
        assert path.confidence[rows, r] == pytest.approx(item.outcome_posterior.numpy(), abs=1e-12)
        labels = world.plan.label_of[item.leader]
        assert path.label[rows, r].tolist() == labels.tolist()


def test_pictures_whose_questions_end_early_keep_how_they_stand():
    world = make_world(3, 4, n_groups=5, hard=True)
    orders = torch.tensor([[2, 0, 1], [1, -1, -1], [-1, -1, -1], [0, 3, -1]])
    game = replace(make_game(world, "gain"), policy=GivenPolicy(orders))
    path = walk(game, world.similarities, batch=3)
    assert path.length.tolist() == [3, 1, 0, 2]
    assert path.group.tolist() == orders.tolist()
    sizes = world.plan.sizes.tolist()
    assert path.spent[1].tolist() == [sizes[1]] * 3
    assert path.spent[2].tolist() == [0, 0, 0]
    assert path.bits[1, 1:].tolist() == [0.0, 0.0]
    for name in ("label", "confidence", "margin", "certain"):
        row = getattr(path, name)[1]
        assert row.tolist() == [row[0]] * 3
    # Even a rule that the start fulfils asks nothing of a picture that has no question.
    stopped = stop_at(path, Confidence(1e-9))
    assert stopped.questions.tolist() == [1, 1, 0, 1]
    assert stopped.spent.tolist() == [sizes[2], sizes[1], 0, sizes[0]]
    assert not stopped.asked[2].any()
    assert fires(path, Questions(2)).tolist()[1] == [False] * 3


def test_play_stops_where_a_rule_first_fires_and_else_at_the_end():
    fired = np.array([[0, 1, 0], [0, 0, 0], [1, 1, 1]], dtype=bool)
    assert stopping_column(fired).tolist() == [1, 2, 0]


def test_a_rule_that_looks_at_something_else_is_an_error():
    @dataclass(frozen=True)
    class Tired:
        reasons = ("tired",)

    world = make_world(1)
    path = walk(make_game(world, "gain"), world.similarities)
    with pytest.raises(TypeError, match=r"does not hold what the stop rule .*Tired.* looks at"):
        stop_at(path, Tired())


def test_a_similarity_that_is_no_number_is_named_by_its_picture():
    world = make_world(1, N)
    world.similarities[7] = torch.nan
    with pytest.raises(SimilarityError, match="picture 7, prompt"):
        walk(make_game(world, "gain"), world.similarities, batch=4)
