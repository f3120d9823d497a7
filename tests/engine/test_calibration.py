"""The promises of the game, kept under every part of a calibration."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.engine.calibrated import (
    PARTS,
    make_calibration,
    make_confusion,
    make_discriminant,
    permute_calibration,
)
from tests.engine.worlds import make_world, permute, without_near_ties
from twentyq.engine import Calibration, Game, full_game, parse_policy, parse_stop, play, replay
from twentyq.engine.calibration import ReportedProbability
from twentyq.engine.policy_text import POLICIES
from twentyq.errors import UsageError

seeds = st.integers(0, 2**32 - 1)
policies = st.sampled_from(sorted(POLICIES))
parts = st.sampled_from([*((part,) for part in PARTS), PARTS])


def calibrated_game(world, parts, seed, **settings):
    calibration = make_calibration(world, parts, seed)
    return Game(world.plan, 24.6, calibration=calibration, **settings)


@given(seeds, policies, parts)
def test_belief_and_probability_are_finite_and_sum_to_one(seed, policy, parts):
    world = make_world(seed, prior=True)
    got = play(calibrated_game(world, parts, seed, policy=parse_policy(policy)), world.ask, 6)
    ones = torch.ones(6, dtype=torch.float64)
    assert torch.allclose(got.posterior.sum(1), ones)
    if "probability" in parts:
        assert torch.allclose(got.probability.sum(1), ones)
        assert bool((got.outcome_probability <= 1).all())
    else:
        assert got.probability is None
        assert got.outcome_probability is None


@given(seeds, policies, parts)
def test_asking_everything_gives_the_scores_and_label_of_full(seed, policy, parts):
    world = make_world(seed, labels=True)
    game = calibrated_game(world, parts, seed, policy=parse_policy(policy), stop=parse_stop("none"))
    full = play(full_game(world.plan, 24.6, calibration=game.calibration), world.ask, 6)
    got = play(game, world.ask, 6)
    assert torch.equal(got.leader, full.leader)


def test_an_empty_calibration_changes_no_bit():
    for seed in range(20):
        world = make_world(seed, prior=True)
        plain = play(Game(world.plan, 24.6), world.ask, 6)
        got = play(Game(world.plan, 24.6, calibration=Calibration()), world.ask, 6)
        for name in ("scores", "posterior", "groups_asked", "leader"):
            assert torch.equal(getattr(got, name), getattr(plain, name))
        # Neutral parts go the calibrated way round to the same numbers.
        plan = world.plan
        neutral = Calibration(
            bias=torch.zeros(plan.n_prompts, dtype=torch.float64),
            noise=torch.full((len(plan.groups),), 0.5, dtype=torch.float64),
            weights=torch.ones(len(plan.groups), dtype=torch.float64),
        )
        same = play(Game(plan, 24.6, calibration=neutral), world.ask, 6)
        assert torch.equal(same.posterior, plain.posterior)


@given(seeds, policies, parts)
def test_a_batch_equals_its_pictures_one_by_one(seed, policy, parts):
    world = make_world(seed)
    game = calibrated_game(world, parts, seed, policy=parse_policy(policy), stop=parse_stop("none"))
    together = play(game, world.ask, 6, detail="full")
    clear = without_near_ties(together)
    for i in clear:
        alone = play(
            game, lambda g, rows, i=i: world.ask(g, rows + i), 1, numbers=torch.tensor([i])
        )
        assert alone.groups_asked[0].tolist() == together.groups_asked[i].tolist()
        assert torch.equal(alone.scores[0], together.scores[i])
        assert torch.allclose(alone.posterior[0], together.posterior[i], atol=1e-7)
        if "probability" in parts:
            assert torch.allclose(alone.probability[0], together.probability[i], atol=1e-7)


@given(seeds, policies, parts)
def test_a_trace_replays_to_the_same_result(seed, policy, parts):
    world = make_world(seed, prior=True)
    first = play(calibrated_game(world, parts, seed, policy=parse_policy(policy)), world.ask, 6)
    again = replay(calibrated_game(world, parts, seed), first.groups_asked, world.ask)
    assert torch.equal(first.groups_asked, again.groups_asked)
    assert torch.equal(first.leader, again.leader)
    assert torch.allclose(first.posterior, again.posterior, atol=1e-7)


@given(seeds, st.randoms(), st.sampled_from(["gain", "gini"]), st.booleans())
def test_permuting_groups_options_and_classes_permutes_the_result(seed, random, policy, confused):
    world = make_world(seed, n_images=12, n_classes=5, n_groups=4, prior=True)
    named = PARTS if confused else tuple(part for part in PARTS if part != "confusion")
    calibration = make_calibration(world, named, seed)
    settings = {
        "policy": parse_policy(policy),
        "stop": parse_stop("confidence:0.6"),
        "decide": "calibrated",
    }
    game = Game(world.plan, 5.0, calibration=calibration, **settings)
    first = play(game, world.ask, 12, detail="full")
    ahead = first.probability.sort(dim=1).values
    clear = [i for i in without_near_ties(first) if float(ahead[i, -1] - ahead[i, -2]) > 1e-9]
    assume(clear)
    permuted = permute(world, random)
    moved = permute_calibration(calibration, world.plan, permuted.plan)
    got = play(Game(permuted.plan, 5.0, calibration=moved, **settings), permuted.ask, 12)
    back = [permuted.plan.classes.index(name) for name in world.plan.classes]
    assert torch.allclose(got.scores[:, back][clear], first.scores[clear], atol=1e-10)
    assert torch.allclose(got.posterior[:, back][clear], first.posterior[clear], atol=1e-7)
    assert torch.allclose(got.probability[:, back][clear], first.probability[clear], atol=1e-7)
    for i in clear:
        asked = [world.plan.groups[g] for g in first.groups_asked[i].tolist() if g >= 0]
        assert asked == [permuted.plan.groups[g] for g in got.groups_asked[i].tolist() if g >= 0]


def test_deciding_by_calibrated_probability_returns_the_label_of_the_largest():
    moved = 0
    for seed in range(40):
        world = make_world(seed, labels=True, n_classes=6)
        stop = parse_stop("questions:2")
        game = calibrated_game(world, ("discriminant", "probability"), seed, stop=stop)
        got = play(replace(game, decide="calibrated"), world.ask, 6)
        by_label = torch.zeros(6, len(world.plan.labels), dtype=torch.float64)
        by_label.index_add_(1, world.plan.label_of, got.probability)
        label = world.plan.label_of[got.leader][:, None]
        assert torch.allclose(by_label.gather(1, label)[:, 0], by_label.amax(1), atol=1e-11)
        assert bool((got.outcome_probability >= by_label.amax(1) - 1e-9).all())
        moved += int((play(game, world.ask, 6).leader != got.leader).sum())
    assert moved > 10


def test_a_calibrated_decision_without_a_probability_is_refused():
    world = make_world(1)
    with pytest.raises(UsageError) as caught:
        Game(world.plan, 1.0, decide="calibrated", calibration=Calibration(scale=2.0))
    assert str(caught.value) == (
        "decide: there is no calibrated probability to decide by\n"
        "  got: calibrated\n"
        "  allowed: score, posterior\n"
        "  to mend: give a calibration that was fitted to labelled pictures"
    )


def test_a_calibration_for_another_system_is_refused_by_the_part_that_does_not_fit():
    world = make_world(1, n_classes=4, n_groups=3)
    for part in ("bias", "noise", "weights", "confusion"):
        with pytest.raises(UsageError) as caught:
            Game(world.plan, 1.0, calibration=Calibration(**{part: torch.ones(99)}))
        text = str(caught.value)
        assert text.startswith(
            f"calibration, {part}: the calibration does not fit the system\n  got: shape (99,)\n"
        )
        assert "calibrate again with this system and these options" in text
    bigger = make_world(2, n_classes=5, n_groups=4)
    for part in ("discriminant", "moments"):
        with pytest.raises(UsageError, match=f"^calibration, {part}.* does not fit the system"):
            Game(world.plan, 1.0, calibration=make_calibration(bigger, (part,)))


def test_numbers_of_no_use_are_refused():
    world = make_world(1)
    n_groups, nan = len(world.plan.groups), float("nan")
    chances = make_confusion(world.plan, np.random.default_rng(0))
    chances[0, 0] = 0
    bent = make_discriminant(world.plan, np.random.default_rng(0))
    bent.covariance[0, 0] = -1
    for calibration, message in [
        (Calibration(discriminant=bent), "got: a direction of negative variance"),
        (Calibration(weights=torch.full((n_groups,), nan)), "got: a number that is not finite"),
        (Calibration(weights=torch.full((n_groups,), -1.0)), "got: a weight below 0"),
        (Calibration(confusion=chances), "got: 0 or less in group 'g0'"),
        (Calibration(noise=torch.full((n_groups,), 2.0)), "planning noise is a probability"),
        (Calibration(scale=-1.0), "the scale of the similarities must be positive"),
        (Calibration(probability=ReportedProbability(0.0, 0.1)), "a weight above 0"),
    ]:
        with pytest.raises(UsageError) as caught:
            Game(world.plan, 1.0, calibration=calibration)
        assert message in str(caught.value)
