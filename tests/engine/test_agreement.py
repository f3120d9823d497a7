import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.calibrated import make_moments
from tests.engine.worlds import make_world
from twentyq.engine import Calibration, Game, full_game, parse_policy, parse_stop, play
from twentyq.engine.agreement import agreement_z, rule_moments
from twentyq.engine.policy_text import POLICIES
from twentyq.errors import UsageError

seeds = st.integers(0, 2**32 - 1)
policies = st.sampled_from(sorted(POLICIES))


def z_written_out(plan, moments, asked, scores, leader):
    """The least z of one picture, class by class and group by group."""
    least = math.inf
    for rival in range(len(plan.classes)):
        if plan.label_of[rival] == plan.label_of[leader]:
            continue
        lead, variance = float(scores[leader] - scores[rival]), 0.0
        for group, size in enumerate(plan.sizes.tolist()):
            columns = plan.options_of(group)
            ahead = (plan.rules[leader] - plan.rules[rival])[columns].numpy()
            if not asked[group] and np.abs(ahead).max() > 1e-9:
                covariance = moments.covariance[columns, :size].numpy()
                lead += float(ahead @ moments.mean[columns].numpy())
                variance += float(ahead @ covariance @ ahead)
        if variance > 0:
            z = lead / math.sqrt(variance)
        else:
            z = math.inf if lead > 0 or (lead == 0 and leader < rival) else -math.inf
        least = min(least, z)
    return least


@given(seeds, policies)
def test_z_is_the_formula_written_out(seed, policy):
    world = make_world(seed, labels=seed % 2 == 0)
    moments = make_moments(world, 0.9)
    game = Game(
        world.plan,
        24.6,
        policy=parse_policy(policy),
        stop=parse_stop("none"),
        calibration=Calibration(moments=moments),
    )
    seen = []
    play(game, world.ask, 6, watch=seen.append)
    for standing in seen:
        got = agreement_z(standing.plan, game.moments, standing.state, standing.leader)
        for i, z in enumerate(got.tolist()):
            state, leader = standing.state, int(standing.leader[i])
            oracle = z_written_out(world.plan, moments, state.asked[i], state.scores[i], leader)
            assert z == pytest.approx(oracle, rel=1e-6, abs=1e-6)
        everything = (standing.state.asked | ~world.plan.informative).all(1)
        assert got[everything].tolist() == [math.inf] * int(everything.sum())


def test_a_leader_behind_for_good_is_not_believed():
    world = make_world(3, n_classes=4, n_groups=2, hard=True)
    for seed in range(100):
        world = make_world(seed, n_classes=4, n_groups=2, hard=True)
        if len(set(world.plan.tie_of.tolist())) == 4:
            break
    moments = rule_moments(world.plan, make_moments(world, 0.9))
    seen = []
    play(full_game(world.plan, 24.6), world.ask, 6, watch=seen.append)
    last = seen[-1]
    worst = last.state.scores.argmin(dim=1)
    assert agreement_z(world.plan, moments, last.state, worst).tolist() == [-math.inf] * 6


@given(seeds, policies)
def test_agrees_at_a_threshold_out_of_reach_asks_everything_and_keeps_fulls_label(seed, policy):
    world = make_world(seed, labels=True)
    calibration = Calibration(moments=make_moments(world, 0.9, threshold=1e300))
    full = play(full_game(world.plan, 24.6), world.ask, 6)
    got = play(
        Game(
            world.plan,
            24.6,
            policy=parse_policy(policy),
            stop=parse_stop("agrees:0.9"),
            calibration=calibration,
        ),
        world.ask,
        6,
    )
    labels = world.plan.label_of
    assert torch.equal(labels[got.leader], labels[full.leader])


def test_agrees_stops_early_where_it_may_and_names_itself():
    early = 0
    for seed in range(30):
        world = make_world(seed, hard=True, n_groups=5)
        calibration = Calibration(moments=make_moments(world, 0.95, threshold=1.0))
        game = Game(world.plan, 100.0, stop=parse_stop("agrees:0.95"), calibration=calibration)
        got = play(game, world.ask, 6)
        everything = int(world.plan.sizes[world.plan.informative].sum())
        stopped = got.prompts_spent < everything
        assert {got.stop_reason[i] for i in stopped.nonzero()[:, 0].tolist()} <= {"agrees:0.95"}
        early += int(stopped.sum())
    assert early > 30


def test_agrees_without_a_threshold_for_its_target_is_refused():
    world = make_world(1)
    with pytest.raises(UsageError) as caught:
        Game(world.plan, 1.0, stop=parse_stop("agrees:0.9"))
    assert str(caught.value) == (
        "stop: agrees needs a calibration with a threshold for its target\n"
        "  got: agrees:0.9\n"
        "  to mend: give a calibration that holds thresholds; twentyq calibrate writes one"
    )
    calibration = Calibration(moments=make_moments(world, 0.95))
    with pytest.raises(UsageError) as caught:
        Game(world.plan, 1.0, stop=parse_stop("certain&agrees:0.99"), calibration=calibration)
    assert "got: agrees:0.99" in str(caught.value)
    assert "allowed: agrees:0.95" in str(caught.value)
    assert "calibrate on more pictures" in str(caught.value)


def test_agrees_speaks_of_the_score():
    world = make_world(1)
    calibration = Calibration(moments=make_moments(world, 0.9))
    with pytest.raises(UsageError, match="the stop rule speaks of the score"):
        Game(
            world.plan,
            1.0,
            stop=parse_stop("agrees:0.9"),
            decide="posterior",
            calibration=calibration,
        )
