from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.calibrated import make_calibration
from tests.engine.worlds import make_world
from twentyq.engine import Game, play
from twentyq.engine.agreement import agreement_z
from twentyq.engine.stopping import Margin, Never
from twentyq.study.signals import TOP, signals_of

N = 12
seeds = st.integers(0, 2**32 - 1)
decisions = st.sampled_from(["score", "posterior", "calibrated"])


def standings(world, parts=("moments", "probability"), **settings_of_play):
    """A game, and how its pictures stand after each round."""
    calibration = make_calibration(world, parts)
    game = Game(world.plan, 24.6, stop=Never(), calibration=calibration, **settings_of_play)
    seen = []
    play(game, world.ask, len(world.similarities), watch=seen.append)
    return game, seen


@settings(max_examples=30)
@given(seeds, decisions)
def test_the_margin_is_what_its_stop_rule_compares(seed, decide):
    game, seen = standings(make_world(seed, N, labels=True), decide=decide)
    for standing in seen:
        margin = signals_of(game, standing)["margin"]
        for threshold in margin.tolist():
            fired = Margin(threshold).fired(standing)[:, 0]
            assert (margin >= threshold).tolist() == fired.tolist()


@settings(max_examples=30)
@given(seeds, decisions)
def test_top_lists_distinct_labels_by_falling_merit(seed, decide):
    world = make_world(seed, N, labels=True)
    plan = world.plan
    game, seen = standings(world, decide=decide)
    for standing in seen:
        found = signals_of(game, standing)
        assert found["top"][:, 0].tolist() == found["label"].tolist()
        for row, top in enumerate(found["top"].tolist()):
            listed = [label for label in top if label >= 0]
            assert len(listed) == len(set(listed)) == min(TOP, len(plan.labels))
            state = standing.state
            if decide == "score":
                merits = [float(state.scores[row][plan.label_of == it].max()) for it in listed]
            else:
                belief = state.posterior if decide == "posterior" else state.probability
                merits = [float(belief[row][plan.label_of == it].sum()) for it in listed]
            assert all(a >= b - 1e-12 for a, b in pairwise(merits))


def test_what_speaks_of_the_score_is_unknown_where_something_else_decides():
    world = make_world(5, N, hard=True, n_groups=4)
    game, seen = standings(world)
    last = signals_of(game, seen[-1])
    assert last["certain"].all()
    z = agreement_z(world.plan, game.moments, seen[-1].state, seen[-1].leader)
    assert last["agreement"].tolist() == z.tolist()
    game, seen = standings(world, decide="posterior")
    last = signals_of(game, seen[-1])
    assert not last["certain"].any()
    assert torch.isnan(last["agreement"]).all()


@pytest.mark.parametrize("part", ["moments", "probability"])
def test_what_a_calibration_does_not_give_is_unknown(part):
    signal = {"moments": "agreement", "probability": "probability"}
    game, seen = standings(make_world(2, N), parts=(part,))
    last = signals_of(game, seen[0])
    for name in signal.values():
        known = name == signal[part]
        assert torch.isnan(last[name]).any() != known
