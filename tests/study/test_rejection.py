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
from twentyq.study import rejection as room
from twentyq.study.rejection import (
    Withheld,
    auroc,
    calibration_of,
    plan_of,
    play_without_halves,
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
    found = play_without_halves(world.system, game, world.similarities, splits=2, seed=seed)
    n_labels = len(world.plan.labels)
    assert len(found) == (2 if n_labels > 2 else 0)
    for without in found:
        assert len(set(without.labels)) == n_labels // 2
        kept = [c for c in world.system.classes if world.system.label_of(c) not in without.labels]
        fewer = replace(game, plan=compile_plan(world.system, classes=kept))
        played = play(fewer, world.ask, len(world.similarities))
        assert without.stated == pytest.approx(played.outcome_posterior.numpy(), abs=1e-12)


def test_the_splits_are_the_seeds_and_differ():
    world = make_world(3, n_classes=8)
    game = Game(world.plan, 20.0)
    found, again, other = (
        [it.labels for it in play_without_halves(world.system, game, world.similarities, 6, seed)]
        for seed in (4, 4, 5)
    )
    assert found == again != other
    assert len(set(found)) > 1


@pytest.mark.parametrize(("pictures", "splits"), [(1000, 20), (60, 10), (6, 5)])
def test_there_are_fewer_splits_of_many_pictures(monkeypatch, pictures, splits):
    world = make_world(3, n_classes=4, n_images=6)
    monkeypatch.setattr(room, "PICTURES", pictures)
    found = play_without_halves(world.system, Game(world.plan, 20.0), world.similarities)
    assert len(found) == splits


@pytest.mark.parametrize("labels", [{}, {"c1": "c0", "c3": "c2"}])
def test_nothing_is_played_where_one_label_would_be_left(labels):
    world = make_world(0, n_classes=4 if labels else 2)
    plan = compile_plan(replace(world.system, labels=labels))
    assert len(plan.labels) == 2
    assert play_without_halves(world.system, Game(plan, 20.0), world.similarities) == []


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
    stated = np.array(kept + unknown)
    is_unknown = np.repeat([False, True], [len(kept), len(unknown)])
    counts = drawn_counts(len(stated), 5, seed)
    for found, row in zip(auroc(stated, is_unknown, counts), counts, strict=True):
        if len(set(is_unknown[row > 0])) < 2:
            assert np.isnan(found)
        else:
            expected = roc_auc_score(~is_unknown, stated, sample_weight=row)
            assert found == pytest.approx(expected)


def test_rejection_by_hand():
    played = [
        Withheld(("owl",), np.array([0.9, 0.4, 0.5, 0.2])),  # three of four pairs
        Withheld(("cat",), np.array([0.8, 0.8, 0.7, 0.9])),  # one and a half of three
        Withheld(("bat",), np.array([0.8, 0.8, 0.7, 0.9])),  # nobody's label: left out
    ]
    truth = ["cat", "dog", "owl", "owl"]
    right = np.array([True, True, False, False])
    found = rejection(played, truth, np.array([0.9, 0.8, 0.8, 0.1]), right)
    assert found.splits == 2
    assert found.auroc.value == pytest.approx((0.75 + 0.5) / 2)
    assert 0 <= found.auroc.low < found.auroc.value < found.auroc.high <= 1
    assert found.risk == [(0.25, 0.0), (0.75, pytest.approx(1 / 3)), (1.0, 0.5)]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_interval_draws_pictures_for_all_splits_alike_and_splits(seed):
    rng = np.random.default_rng(seed)
    truth = [*rng.choice(["cat", "dog", "owl"], 9).tolist(), "cat", "dog", "owl"]
    played = [Withheld((label,), rng.random(12)) for label in ("cat", "dog", "owl")]
    by_hand = []
    for pictures, splits in zip(drawn_counts(12, 10, 7), drawn_counts(3, 10, 8), strict=True):
        values = []
        for without, times in zip(played, splits.tolist(), strict=True):
            known = ~np.isin(truth, without.labels)
            if len(set(known[pictures > 0])) == 2:
                value = roc_auc_score(known, without.stated, sample_weight=pictures)
                values += [value] * times
        if values:
            by_hand.append(np.mean(values))
    found = rejection(played, truth, np.ones(12), np.ones(12, dtype=bool), draws=10, seed=7)
    expected = np.quantile(by_hand, [0.025, 0.975])
    assert (found.auroc.low, found.auroc.high) == pytest.approx(tuple(expected))


def test_splits_that_differ_widen_the_interval():
    truth = ["cat"] * 20 + ["owl"] * 20
    good = Withheld(("owl",), np.repeat([0.9, 0.1], 20))
    bad = Withheld(("cat",), np.repeat([0.9, 0.1], 20))
    right = np.ones(40, dtype=bool)
    alike = rejection([good] * 4, truth, right * 1.0, right).auroc
    assert (alike.value, alike.low, alike.high) == (1.0, 1.0, 1.0)
    apart = rejection([good, good, bad, bad], truth, right * 1.0, right).auroc
    assert (apart.value, apart.low, apart.high) == (0.5, 0.0, 1.0)


@pytest.mark.parametrize("truth", [["cat", "cat"], ["owl", "owl"]])
def test_no_rejection_without_pictures_of_both_kinds(truth):
    without = Withheld(("owl",), np.array([0.9, 0.4]))
    right = np.array([True, True])
    assert rejection([without], truth, np.array([0.9, 0.8]), right) is None
    assert rejection([], truth, np.array([0.9, 0.8]), right) is None


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
