from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.calibrated import make_calibration
from tests.engine.worlds import make_world
from tests.study.made_paths import make_path
from twentyq.engine import Game, full_game, parse_policy, play
from twentyq.engine.stopping import Confidence, Margin, Never, Questions
from twentyq.study.curves import PROBABILITIES, curve, mean_accuracy, sweep
from twentyq.study.paths import stop_at, walk

N = 30
RULES = {"confidence": Confidence, "margin": Margin, "questions": lambda t: Questions(int(t))}

CONFIDENCE = [[0.3, 0.7, 0.95], [0.5, 0.65, 0.6], [0.9, 0.2, 0.9], [0.1, 0.1, 0.1]]
LABEL = [[1, 1, 1], [0, 1, 1], [2, 2, 2], [0, 0, 3]]
TRUTH, FULL = np.array([1, 0, 2, 3]), np.array([1, 1, 2, 3])


def test_a_curve_by_hand():
    swept = sweep([make_path(CONFIDENCE, LABEL)], "confidence", TRUTH, FULL)
    found = curve("by-hand", "confidence", swept, 10, 0.25)
    # The last picture never passes a tenth; the second never passes 0.65.
    assert [(p.threshold, p.prompts) for p in found.points] == [
        (0.02, 2.0),
        (0.12, 3.0),
        (0.32, 3.5),
        (0.52, 4.0),
        (0.66, 4.5),
        (0.72, 5.0),
        (0.92, 6.0),
    ]
    assert [p.accuracy.count for p in found.points] == [3, 4, 4, 3, 3, 3, 3]
    assert [p.agreement.count for p in found.points] == [2, 3, 3, 4, 4, 4, 4]
    assert (found.policy, found.stop) == ("by-hand", "confidence")
    areas = [1.0, 0.875, 0.5, 0.4375, 0.375, 0.375, 0.75, 3.0]
    assert found.area.value == pytest.approx(sum(areas) / 10)


def test_the_trapezoids_by_hand():
    # From chance to the first point, between the points, and flat to the end.
    area = mean_accuracy(np.array([2.0, 6.0]), np.array([0.5, 0.9]), 10, 0.1)
    assert area == pytest.approx((2 * 0.3 + 4 * 0.7 + 4 * 0.9) / 10)
    drawn = mean_accuracy(np.array([[2.0, 6.0]] * 3), np.array([[0.5, 0.9]] * 3), 10, 0.1)
    assert drawn == pytest.approx([float(area)] * 3)


@settings(max_examples=30)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(["gain", "gini-per-prompt", "static"]),
    st.sampled_from(sorted(RULES)),
)
def test_each_point_is_play_with_that_threshold(seed, policy, stop):
    world = make_world(seed, N, n_groups=5, labels=True)
    plan = world.plan
    truth = np.random.default_rng(seed).integers(len(plan.labels), size=N)
    full = plan.label_of[play(full_game(plan, 24.6), world.ask, N).leader].numpy()
    game = Game(plan, 24.6, policy=parse_policy(policy), stop=Never())
    path = walk(game, world.similarities)
    swept = sweep([path], stop, truth, full)
    found = curve(policy, stop, swept, plan.n_prompts, 1 / len(plan.labels))
    for point in found.points[:: max(1, len(found.points) // 4)]:
        stopped = stop_at(path, RULES[stop](point.threshold))
        assert point.prompts == pytest.approx(stopped.spent.mean())
        assert point.accuracy.count == (stopped.label == truth).sum()
        assert point.agreement.count == (stopped.label == full).sum()
    prompts = [point.prompts for point in found.points]
    assert sorted(set(prompts)) == prompts
    strictest = 5 if stop == "questions" else 1.0
    last = stop_at(path, RULES[stop](strictest))
    assert prompts[-1] == pytest.approx(last.spent.mean())
    assert 0 <= found.area.low <= found.area.value + 1e-12
    assert found.area.value <= found.area.high + 1e-12 <= 1 + 2e-12


def test_several_seeds_of_random_order_are_one_mean_curve():
    world = make_world(3, N, n_groups=5, n_classes=6)
    truth = np.arange(N) % 6
    game = Game(world.plan, 24.6, stop=Never())
    seeds = [replace(game, policy=parse_policy(f"random:{seed}")) for seed in (1, 2, 3)]
    paths = [walk(one, world.similarities) for one in seeds]
    swept = sweep(paths, "confidence", truth, truth)
    for column, threshold in enumerate(swept.thresholds.tolist()):
        each = [stop_at(path, Confidence(threshold)) for path in paths]
        spent = np.mean([stopped.spent for stopped in each], axis=0)
        right = np.mean([stopped.label == truth for stopped in each], axis=0)
        assert swept.spent[:, column] == pytest.approx(spent)
        assert swept.right[:, column] == pytest.approx(right)
        assert swept.agrees[:, column] == pytest.approx(right)
    found = curve("random", "confidence", swept, world.plan.n_prompts, 1 / 6)
    counts = [point.accuracy.count for point in found.points]
    assert counts == np.round(swept.right.sum(axis=0)).astype(int).tolist()


def test_a_curve_of_agreement_runs_over_the_values_of_z():
    world = make_world(5, N, n_groups=5, n_classes=8)
    calibration = make_calibration(world, ("moments",))
    game = Game(world.plan, 24.6, stop=Never(), calibration=calibration)
    path = walk(game, world.similarities)
    truth = np.arange(N) % 8
    full = path.label[:, -1]
    swept = sweep([path], "agrees", truth, full)
    assert len(swept.thresholds) > 5
    assert (np.diff(swept.thresholds) > 0).all()
    assert (np.diff(swept.spent, axis=1) >= 0).all()
    # A stricter threshold asks more, and in the end says what full says.
    assert swept.agrees[:, -1].mean() >= swept.agrees[:, 0].mean()


def test_where_no_z_is_finite_zero_is_the_one_threshold():
    path = make_path(CONFIDENCE, LABEL, agreement=[[np.inf] * 3, *[[-np.inf] * 3] * 3])
    swept = sweep([path], "agrees", TRUTH, FULL)
    assert swept.thresholds.tolist() == [0.0]
    assert swept.spent[:, 0].tolist() == [2, 6, 6, 6]


def test_probabilities_to_try_rise_to_one():
    assert (np.diff(PROBABILITIES) > 0).all()
    assert PROBABILITIES[0] > 0
    assert PROBABILITIES[-1] == 1.0
