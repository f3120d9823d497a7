import math
from dataclasses import fields

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.calibrated import PARTS, make_calibration
from tests.engine.worlds import make_world
from twentyq.engine import Game, full_game, parse_policy, parse_stop, play
from twentyq.engine.asking_all import asks_all, play_asking_all
from twentyq.engine.compacting import play_compacting
from twentyq.engine.policies import FileOrderPolicy
from twentyq.engine.stopping import Never
from twentyq.errors import SimilarityError


@given(st.integers(0, 2**32 - 1), st.sets(st.sampled_from(PARTS)), st.sampled_from([0, 1, 7]))
def test_it_is_asking_group_by_group_to_the_last_bit(seed, parts, n_images):
    world = make_world(seed, n_images, labels=True, prior=True)
    game = full_game(world.plan, 24.6, calibration=make_calibration(world, parts, seed))
    numbers = torch.arange(100, 100 + n_images)
    ours = play_asking_all(game, world.ask, n_images, numbers=numbers)
    theirs = play_compacting(game, world.ask, n_images, numbers=numbers)
    for item in fields(ours):
        said, expected = getattr(ours, item.name), getattr(theirs, item.name)
        if isinstance(expected, torch.Tensor):
            assert torch.equal(said, expected), item.name
        else:
            assert said == expected, item.name


def test_full_is_played_so_unless_its_rounds_are_wanted(monkeypatch):
    calls = []
    for loop in ("play_asking_all", "play_compacting"):
        monkeypatch.setattr(
            f"twentyq.engine.playing.{loop}", lambda *_, loop=loop, **__: calls.append(loop)
        )
    world = make_world(3)
    game = full_game(world.plan, 1.0)
    play(game, world.ask, 6)
    play(game, world.ask, 6, detail="brief")
    play(game, world.ask, 6, watch=print)
    assert calls == ["play_asking_all", "play_compacting", "play_compacting"]


@pytest.mark.parametrize(
    "differently",
    [
        {"policy": parse_policy("gain")},
        {"stop": parse_stop("questions:2")},
        {"budget": 40},
        {"ask_all": False},
    ],
)
def test_a_game_that_may_leave_a_group_out_is_played_in_rounds(differently):
    full = {"policy": FileOrderPolicy(), "stop": Never(), "ask_all": True}
    plan = make_world(3).plan
    assert asks_all(Game(plan, 1.0, **full))
    assert not asks_all(Game(plan, 1.0, **full | differently))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_the_same_error_as_group_by_group(value):
    world = make_world(5, 9, n_classes=8, n_groups=5)
    game = full_game(world.plan, 1.0)
    world.similarities[7, world.plan.first_option[1]] = value
    world.similarities[2, world.plan.first_option[3] + 1] = value
    told = []
    for loop in (play_asking_all, play_compacting):
        with pytest.raises(SimilarityError) as caught:
            loop(game, world.ask, 9, numbers=torch.arange(50, 59))
        told.append(str(caught.value))
    assert told[0] == told[1]
    prompt = world.plan.prompts[1][0]
    assert told[0].startswith(f"picture 57, prompt {prompt!r}: a similarity is not a finite number")
