import math
from dataclasses import replace

import pytest
import torch

from tests.engine.worlds import make_world
from twentyq.engine import Game, parse_policy, parse_stop
from twentyq.errors import UsageError


def test_certain_needs_the_decision_by_score():
    world = make_world(0)
    with pytest.raises(UsageError, match="the stop rule speaks of the score"):
        Game(world.plan, 1.0, stop=parse_stop("confidence:0.5|certain"), decide="posterior")


def test_a_budget_below_the_cheapest_group_is_refused():
    world = make_world(5, n_classes=8, n_groups=5, hard=True)
    with pytest.raises(UsageError) as caught:
        Game(world.plan, 1.0, budget=1)
    assert "the budget does not pay for any group" in str(caught.value)
    assert "allowed: 2 to" in str(caught.value)


@pytest.mark.parametrize("scale", [0.0, -1.0, math.nan, math.inf])
def test_a_scale_that_cannot_be_is_refused(scale):
    with pytest.raises(UsageError, match="the scale of the similarities must be positive"):
        Game(make_world(0).plan, scale)


@pytest.mark.parametrize(
    ("policy", "budget", "ask_all", "askable"),
    [
        ("gain", None, False, {0, 2}),
        ("gain", None, True, {0, 1, 2}),
        ("gain", 3, False, {0}),
        ("static:g1,g2", None, False, {2}),
    ],
)
def test_a_game_knows_which_groups_may_ever_be_asked(policy, budget, ask_all, askable):
    world = make_world(0, n_groups=3, n_classes=4)
    plan = replace(
        world.plan,
        informative=torch.tensor([True, False, True]),
        options=(("a", "b"), ("a", "b"), ("a", "b", "c", "d")),
    )
    game = Game(plan, 1.0, policy=parse_policy(policy), budget=budget, ask_all=ask_all)
    assert set(game.askable) == askable
