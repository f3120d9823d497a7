from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from tests.engine.worlds import make_world
from twentyq.engine import Game, compile_plan, parse_stop, play
from twentyq.engine.calibration import Calibration, Discriminant
from twentyq.study.rejection import (
    Withheld,
    calibration_of,
    drawn_auroc,
    plan_of,
    play_without_half,
    rejection,
    risk_coverage,
)
from twentyq.study.resampling import drawn_counts

seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=20)
stated_lists = st.lists(st.sampled_from([0.1, 0.25, 0.5, 0.9]), min_size=1, max_size=15)


@few
@given(seeds, st.sampled_from(["confidence:0.8", "none"]))
def test_what_is_stated_is_what_play_states_without_those_classes(seed, stop):
    world = make_world(seed, n_classes=7, labels=True, prior=True)
    game = Game(world.plan, 20.0, stop=parse_stop(stop))
    without = play_without_half(world.system, game, world.similarities, seed)
    n_labels = len(world.plan.labels)
    kept = [c for c in world.system.classes if without is None or c_label(world, c, without)]
    if without is None:
        assert n_labels < 4
        return
    assert len(without.labels) == n_labels // 2
    fewer = replace(game, plan=compile_plan(world.system, classes=kept))
    played = play(fewer, world.ask, len(world.similarities))
    assert without.stated == pytest.approx(played.outcome_posterior.numpy(), abs=1e-12)


def c_label(world, name, without):
    return world.system.label_of(name) not in without.labels


def test_the_draw_is_the_seeds():
    world = make_world(3, n_classes=8)
    game = Game(world.plan, 20.0)
    drawn = {play_without_half(world.system, game, world.similarities, s).labels for s in range(9)}
    again = play_without_half(world.system, game, world.similarities, 4)
    assert len(drawn) > 1
    assert again.labels in drawn


def test_nothing_is_played_where_one_class_would_be_left():
    world = make_world(0, n_classes=2)
    assert play_without_half(world.system, Game(world.plan, 20.0), world.similarities) is None


@few
@given(seeds, st.booleans())
def test_a_plan_of_fewer_classes_asks_the_same_prompts(seed, skip_unused):
    world = make_world(seed, n_classes=6)
    plan = compile_plan(world.system, skip_unused=skip_unused)
    fewer = plan_of(world.system, plan, list(plan.classes[:3]))
    assert fewer.prompts == plan.prompts
    assert torch.equal(fewer.rules, plan.rules[:3])


def test_a_discriminant_keeps_the_means_of_the_classes_that_stay():
    means, has_mean = torch.arange(12.0).reshape(4, 3), torch.tensor([True, False, True, True])
    known = Discriminant(torch.zeros(3), means, has_mean, torch.eye(3))
    some = calibration_of(Calibration(scale=3.0, discriminant=known), [0, 2]).discriminant
    assert some.means.tolist() == [[0, 1, 2], [6, 7, 8]]
    assert some.has_mean.tolist() == [True, True]
    bare = Calibration(scale=3.0)
    assert calibration_of(bare, [0, 2]) is bare


@few
@given(stated_lists, stated_lists, seeds)
def test_each_draws_auroc_is_scikit_learns(kept, unknown, seed):
    kept, unknown = np.array(kept), np.array(unknown)
    is_kept = np.repeat([True, False], [len(kept), len(unknown)])
    counts = zip(
        drawn_counts(len(kept), 5, seed), drawn_counts(len(unknown), 5, seed + 1), strict=True
    )
    expected = [
        roc_auc_score(is_kept, np.concatenate([kept, unknown]), sample_weight=np.concatenate(both))
        for both in counts
    ]
    assert drawn_auroc(kept, unknown, 5, seed) == pytest.approx(expected)


def test_rejection_by_hand():
    without = Withheld(("owl",), np.array([0.9, 0.4, 0.5, 0.2]))
    truth = ["cat", "dog", "owl", "owl"]
    right = np.array([True, True, False, False])
    found = rejection(without, truth, np.array([0.9, 0.8, 0.8, 0.1]), right)
    assert found.withheld == ["owl"]
    assert found.auroc.value == 0.75  # three of four pairs
    assert found.auroc.low == 0.0  # the dog against the owl at 0.5
    assert found.auroc.high == 1.0
    assert found.risk == [(0.25, 0.0), (0.75, pytest.approx(1 / 3)), (1.0, 0.5)]


@pytest.mark.parametrize("truth", [["cat", "cat"], ["owl", "owl"]])
def test_no_rejection_without_pictures_of_both_kinds(truth):
    without = Withheld(("owl",), np.array([0.9, 0.4]))
    right = np.array([True, True])
    assert rejection(without, truth, np.array([0.9, 0.8]), right) is None


@given(
    st.lists(
        st.tuples(st.sampled_from([0.1, 0.3, 0.5, 0.7, 1.0]), st.booleans()),
        min_size=1,
        max_size=30,
    )
)
def test_risk_is_that_of_every_threshold(rows):
    stated, right = np.array([s for s, _ in rows]), np.array([r for _, r in rows])
    expected = [
        (np.mean(stated >= t), np.mean(~right[stated >= t]))
        for t in sorted(set(stated.tolist()), reverse=True)
    ]
    assert np.array(risk_coverage(stated, right)) == pytest.approx(np.array(expected))


def test_risk_keeps_to_its_number_of_points_and_both_ends():
    rng = np.random.default_rng(0)
    stated, right = rng.random(1000), rng.random(1000) < 0.5
    found = risk_coverage(stated, right, points=50)
    assert len(found) == 50
    assert found[0][0] == 0.001
    assert found[-1] == (1.0, pytest.approx(np.mean(~right)))
    assert {pair[0] for pair in found} <= {pair[0] for pair in risk_coverage(stated, right, 1000)}
