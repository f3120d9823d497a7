import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.worlds import make_world, tie_sets
from twentyq.engine import Game, compile_plan, parse_stop, play
from twentyq.engine.reading import build_reading
from twentyq.engine.state import State, start
from twentyq.engine.stopping import (
    Both,
    Certain,
    Confidence,
    Either,
    Margin,
    Questions,
    Standing,
    outcome_posterior,
)
from twentyq.system.model import System


def standing(plan, posterior, leader, asked=0):
    empty = start(build_reading(plan, 1.0), len(posterior))
    state = State(
        picture=empty.picture,
        asked=empty.asked.index_fill(1, torch.arange(asked), value=True),
        scores=empty.scores,
        evidence=empty.evidence,
        posterior=torch.tensor(posterior, dtype=torch.float64),
        prompts_spent=empty.prompts_spent,
    )
    return Standing(plan, state, torch.tensor(leader))


@pytest.fixture
def plan():
    return make_world(7, n_classes=3, n_groups=4, hard=True).plan


def test_confidence_and_margin_at_their_thresholds(plan):
    assert tie_sets(plan) == ()
    at = standing(plan, [[0.7, 0.2, 0.1], [0.2, 0.7, 0.1]], [0, 0])
    assert Confidence(0.7).fired(at).tolist() == [[True], [False]]
    assert Confidence(0.71).fired(at).tolist() == [[False], [False]]
    assert Margin(0.499).fired(at).tolist() == [[True], [False]]
    assert Margin(0.501).fired(at).tolist() == [[False], [False]]


def test_margin_reaches_its_threshold_and_adds_up_a_rivals_label(plan):
    apart = standing(plan, [[0.75, 0.25, 0.0]], [0])
    assert bool(Margin(0.5).fired(apart)) is True
    labels = {"c1": "rest", "c2": "rest"}
    system = make_world(7, n_classes=3, n_groups=4, hard=True).system
    merged = compile_plan(System("s", system.groups, system.classes, system.rules, labels))
    level = standing(merged, [[0.5, 0.25, 0.25]], [0])
    assert bool(Margin(0.1).fired(level)) is False


def test_confidence_counts_the_tie_set_and_the_label():
    world = make_world(3, n_classes=6, hard=True, labels=True)
    for seed in range(200):
        world = make_world(seed, n_classes=6, hard=True, labels=True)
        if tie_sets(world.plan) and len(world.plan.labels) < 6:
            break
    plan = world.plan
    names = range(6)
    for leader in names:
        own = [
            c
            for c in names
            if plan.label_of[c] == plan.label_of[leader] or plan.tie_of[c] == plan.tie_of[leader]
        ]
        belief = [0.9 / len(own) if c in own else 0.1 / max(1, 6 - len(own)) for c in names]
        at = standing(plan, [belief], [leader])
        assert bool(Confidence(0.89).fired(at)) is True
        assert bool(Confidence(0.91).fired(at)) is (len(own) == 6)


def test_rounding_makes_no_posterior_larger_than_one():
    labels = dict.fromkeys(("c0", "c1", "c2"), "one")
    system = make_world(7, n_classes=3, n_groups=4, hard=True).system
    merged = compile_plan(System("s", system.groups, system.classes, system.rules, labels))
    above = [0.1, 0.2, 0.7 + 4e-16]
    assert sum(above) > 1
    assert outcome_posterior(standing(merged, [above], [0])).tolist() == [1.0]


def test_questions_counts_groups(plan):
    at = standing(plan, [[0.5, 0.3, 0.2]], [0], asked=2)
    assert bool(Questions(2).fired(at)) is True
    assert bool(Questions(3).fired(at)) is False


def test_rules_combine_and_name_their_reasons(plan):
    at = standing(plan, [[0.7, 0.2, 0.1], [0.4, 0.3, 0.3]], [0, 0], asked=2)
    either = parse_stop("confidence:0.6|questions:2")
    assert either == Either((Confidence(0.6), Questions(2)))
    assert either.reasons == ("confidence:0.6", "questions:2")
    assert either.fired(at).tolist() == [[True, True], [False, True]]
    both = parse_stop("confidence:0.6 & questions:2")
    assert both == Both((Confidence(0.6), Questions(2)))
    assert both.reasons == ("confidence:0.6&questions:2",)
    assert both.fired(at).tolist() == [[True], [False]]


@given(st.integers(0, 2**32 - 1))
def test_certain_speaks_only_where_no_answer_can_change_the_label(seed):
    """Try every saturated answer to everything unasked: none may overturn what is certain."""
    world = make_world(seed, n_classes=4, n_groups=3, n_images=3)
    plan = world.plan
    got = play(Game(plan, 5.0, stop=parse_stop("certain|questions:1")), world.ask, 3)
    for i in range(3):
        if got.stop_reason[i] != "certain":
            continue
        asked = [g for g in got.groups_asked[i].tolist() if g >= 0]
        unasked = [g for g in range(3) if g not in asked]
        for picks in itertools.product(*(range(int(plan.sizes[g])) for g in unasked)):
            scores = got.scores[i].clone()
            for g, k in zip(unasked, picks, strict=True):
                scores += plan.rules[:, plan.first_option[g] + k]
            best = scores.max()
            winners = plan.label_of[(scores >= best - 1e-9).nonzero()[:, 0]]
            assert plan.label_of[got.leader[i]] in winners


def test_a_clear_lead_is_certain_and_a_slim_one_is_not():
    for seed in range(100):
        world = make_world(seed, n_classes=4, n_groups=2, hard=True)
        if not tie_sets(world.plan) and bool(world.plan.informative.all()):
            break
    plan = world.plan
    asked_all = standing(plan, [[0.25] * 4], [0], asked=2)
    state = asked_all.state
    led = State(
        state.picture,
        state.asked,
        torch.tensor([[2.0, 1.0, 1.0, 1.0]], dtype=torch.float64),
        state.evidence,
        state.posterior,
        state.prompts_spent,
    )
    assert bool(Certain().fired(Standing(plan, led, torch.tensor([0])))) is True
    open_still = State(
        state.picture,
        torch.zeros_like(state.asked),
        led.scores,
        state.evidence,
        state.posterior,
        state.prompts_spent,
    )
    assert bool(Certain().fired(Standing(plan, open_still, torch.tensor([0])))) is False
