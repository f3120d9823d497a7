import pkgutil
from unittest.mock import patch

import pytest
import torch

from tests.engine.worlds import NearlyLevel, make_world
from twentyq.engine import Game, parse_policy, play
from twentyq.engine.gain import build_channel
from twentyq.engine.policies import (
    FileOrderPolicy,
    GainPolicy,
    GivenPolicy,
    RandomPolicy,
    StaticPolicy,
    choose,
)
from twentyq.engine.policy_text import POLICIES
from twentyq.engine.reading import build_reading
from twentyq.engine.state import start
from twentyq.engine.stopping import Never
from twentyq.errors import UsageError


@pytest.fixture
def world():
    return make_world(5, n_classes=8, n_groups=5, hard=True)


def values(world, policy, n_images=6, numbers=None):
    state = start(build_reading(world.plan, 1.0), n_images, numbers)
    return policy.value(world.plan, build_channel(world.plan), state)


def paths(world, policy):
    game = Game(world.plan, 24.6, policy=policy, stop=Never())
    return play(game, world.ask, len(world.similarities)).groups_asked


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_every_policy_values_every_group_and_knows_its_name(world, name):
    policy = parse_policy(name)
    assert policy.name == name
    assert values(world, policy).shape == (6, 5)


def test_per_prompt_divides_by_the_prompts_a_group_costs(world):
    whole = values(world, GainPolicy())
    assert torch.equal(values(world, GainPolicy(per_prompt=True)), whole / world.plan.sizes)


def test_ties_go_to_the_group_that_stands_first(world):
    candidates = torch.tensor([[False, True, True, False, True]])
    chosen, value = choose(
        world.plan,
        build_channel(world.plan),
        FileOrderPolicy(),
        start(build_reading(world.plan, 1.0), 1),
        candidates,
    )
    assert chosen.tolist() == [1]
    assert value.tolist() == [[-torch.inf, 0, 0, -torch.inf, 0]]


def test_values_that_differ_in_the_last_bits_are_a_tie(world):
    free = torch.ones(1, 5, dtype=torch.bool)
    channel, state = build_channel(world.plan), start(build_reading(world.plan, 1.0), 1)
    assert choose(world.plan, channel, NearlyLevel(), state, free)[0].tolist() == [0]


def test_without_candidates_none_is_chosen(world):
    none = torch.zeros(2, 5, dtype=torch.bool)
    chosen, _ = choose(
        world.plan,
        build_channel(world.plan),
        GainPolicy(),
        start(build_reading(world.plan, 1.0), 2),
        none,
    )
    assert chosen.tolist() == [-1, -1]


def test_static_order_is_by_gain_from_the_prior_and_the_same_for_all(world):
    first = values(world, GainPolicy())[0]
    by_gain = sorted(
        world.plan.informative.nonzero()[:, 0].tolist(), key=lambda g: -float(first[g])
    )
    got = paths(world, StaticPolicy())
    assert all(row[: len(by_gain)] == by_gain for row in got.tolist())


def test_a_given_static_order_is_followed(world):
    policy = parse_policy("static:g4,g0,g2")
    assert policy.name == "static:g4,g0,g2"
    assert paths(world, policy).tolist() == [[4, 0, 2, -1, -1]] * 6


def test_a_static_order_with_an_unknown_group_names_the_nearest(world):
    with pytest.raises(UsageError) as caught:
        Game(world.plan, 1.0, policy=StaticPolicy(("g0", "G33")))
    assert "the order names a group that the system does not have" in str(caught.value)
    assert "did you mean 'g3'?" in str(caught.value)


def test_a_static_order_that_repeats_a_group_is_refused(world):
    with pytest.raises(UsageError, match="the order names a group twice"):
        Game(world.plan, 1.0, policy=StaticPolicy(("g0", "g1", "g0")))


def test_random_orders_depend_on_seed_and_picture_but_not_on_the_batch(world):
    together = values(world, RandomPolicy(7), n_images=10)
    later = values(world, RandomPolicy(7), n_images=4, numbers=torch.arange(6, 10))
    assert torch.equal(together[6:], later)
    backwards = values(world, RandomPolicy(7), n_images=4, numbers=torch.tensor([9, 8, 7, 6]))
    assert torch.equal(together[6:].flip(0), backwards)
    assert not torch.equal(together, values(world, RandomPolicy(8), n_images=10))
    orders = {tuple(row.tolist()) for row in together.argsort(dim=1)}
    assert len(orders) > 5


def test_random_orders_are_uniform(world):
    first = values(world, RandomPolicy(), n_images=20_000).argmax(dim=1)
    counts = torch.bincount(first, minlength=5)
    # Five cells of expectation 4,000 have a standard deviation of 57.
    assert bool(((counts - 4000).abs() < 250).all())


def test_given_orders_are_each_pictures_own(world):
    orders = torch.tensor([[2, 0, -1], [1, -1, -1]])
    game = Game(world.plan, 1.0, policy=GivenPolicy(orders), stop=Never())
    got = play(game, world.ask, 2).groups_asked
    assert got.tolist() == [[2, 0, -1, -1, -1], [1, -1, -1, -1, -1]]


@pytest.mark.parametrize(
    ("policy", "computed"),
    [
        (StaticPolicy(), "twentyq.engine.policies.information_gain"),
        (RandomPolicy(3), "numpy.random.Philox"),
        (StaticPolicy(("g1", "g0")), "twentyq.engine.policies._by_place"),
    ],
)
def test_what_does_not_depend_on_answers_is_valued_once_for_a_game(world, policy, computed):
    expected = paths(world, policy)
    with patch(computed, wraps=pkgutil.resolve_name(computed)) as calls:
        assert torch.equal(paths(world, policy), expected)
    assert calls.call_count == 1
    assert int((expected >= 0).sum(dim=1).min()) > 1
