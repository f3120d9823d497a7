import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.worlds import make_world
from twentyq.engine import Game, compile_plan, play
from twentyq.engine.answers import answer
from twentyq.engine.certain import is_certain, is_proved
from twentyq.engine.listening import no_answers
from twentyq.engine.reading import build_reading
from twentyq.engine.state import hear, start
from twentyq.engine.stopping import Never
from twentyq.system.model import AttributeGroup, System

FIRST, SECOND, LAST = (
    AttributeGroup("first", "{}", ("x", "y", "z")),
    AttributeGroup("second", "{}", ("x", "y", "z")),
    AttributeGroup("last", "{}", ("p", "q")),
)


def after_two_groups(rules, first, labels=()):
    """The plan, and where a picture stands that answered `first`, and x to the second group."""
    rules = {
        name: {g.name: {o: 1.0} for g, o in zip((FIRST, SECOND, LAST), options, strict=True)}
        for name, options in rules.items()
    }
    plan = compile_plan(System("s", (FIRST, SECOND, LAST), tuple(rules), rules, dict(labels)))
    reading = build_reading(plan, 1.0)
    state, answers = start(reading, 1), no_answers(reading, 1)
    for group, shares in enumerate((first, [1.0, 0.0, 0.0])):
        told = answer(torch.log(torch.tensor([shares], dtype=torch.float64)), 1.0)
        answers.enter(reading, group, told)
        state = hear(reading, state, torch.tensor([group]), answers)
    return plan, state, state.scores.argmax(dim=1)


def test_a_rival_that_can_no_longer_move_against_the_leader_is_compared_exactly():
    rules = {"leader": "xxp", "equal later": "yxp", "far behind": "zzq"}
    plan, state, leader = after_two_groups(rules, [0.5, 0.5, 0.0])
    assert state.scores.tolist() == [[1.5, 1.5, 0.0]]
    assert is_certain(plan, state, leader).tolist() == [True]


def test_a_rival_that_can_draw_level_is_not_beaten():
    rules = {"leader": "xxp", "rival": "yxq"}
    plan, state, leader = after_two_groups(rules, [1.0, 0.0, 0.0])
    assert state.scores.tolist() == [[2.0, 1.0]]
    assert is_certain(plan, state, leader).tolist() == [False]


@pytest.mark.parametrize(("label", "settled"), [("leader", True), ("another", False)])
def test_a_rival_of_the_same_label_does_no_harm(label, settled):
    rules = {"leader": "xxp", "level": "yxq", "far behind": "zzq"}
    plan, state, leader = after_two_groups(rules, [0.5, 0.5, 0.0], {"level": label})
    assert is_certain(plan, state, leader).tolist() == [settled]


def test_a_crowd_of_pictures_is_judged_in_parts_alike(monkeypatch):
    rules = {"leader": "xxp", "rival": "yxq", "third": "zxq"}
    plan, state, _ = after_two_groups(rules, [0.5, 0.3, 0.2])
    crowd = state.rows(torch.zeros(3, dtype=torch.int64))
    leaders = torch.tensor([2, 0, 1])
    whole = is_certain(plan, crowd, leaders)
    monkeypatch.setattr("twentyq.engine.certain.LARGEST_ARRAY", 1)
    assert torch.equal(is_certain(plan, crowd, leaders), whole)


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_what_the_runner_up_rules_out_is_never_certain(seed, hard):
    world = make_world(seed, 40, hard=hard, labels=True, n_groups=5)
    seen = []
    play(
        Game(world.plan, 24.6, stop=Never()),
        world.ask,
        len(world.similarities),
        watch=seen.append,
    )
    for standing in seen:
        proved = is_proved(standing.plan, standing.state, standing.leader)
        certain = is_certain(standing.plan, standing.state, standing.leader)
        assert certain.tolist() == proved.tolist()
