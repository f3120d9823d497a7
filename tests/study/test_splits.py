import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.worlds import make_world
from tests.study.made_paths import make_path
from twentyq.engine import Game, full_game, learn_order, play
from twentyq.engine.calibration import Calibration
from twentyq.engine.stopping import Never
from twentyq.study.fitting.moments import fit_moments
from twentyq.study.group_answers import read_answers
from twentyq.study.paths import walk
from twentyq.study.splits import (
    LEARNED,
    Fold,
    Held,
    agreement_folds,
    fitted,
    halve,
    held_out,
    hold_out,
    learned_folds,
    saving,
    swap,
)

N = 800


def drawn_path(seed, wrong):
    """A path of two questions; at the first, unsure pictures disagree with full, a share `wrong`.

    Pictures in the first half of the confidences are at risk, the others always agree.
    """
    rng = np.random.default_rng(seed)
    confidence = rng.uniform(0.05, 0.97, size=N)
    disagrees = (confidence < 0.5) & (rng.random(N) < wrong)
    return make_path(
        np.stack([confidence, np.ones(N)], axis=1), np.stack([disagrees, np.zeros(N)], axis=1)
    ), disagrees


@given(st.lists(st.integers(0, 5), min_size=2, max_size=60), st.integers(0, 9))
def test_halves_share_every_label_evenly(truth, seed):
    truth = np.array(truth)
    second = halve(truth, seed)
    assert abs(int(second.sum()) - int((~second).sum())) <= 1
    for label in set(truth.tolist()):
        mine = second[truth == label]
        assert abs(int(mine.sum()) - int((~mine).sum())) <= 1
    assert halve(truth, seed).tolist() == second.tolist()


def test_halves_are_drawn_not_taken_in_order():
    truth = np.zeros(100, dtype=np.int64)
    drawn = {tuple(halve(truth, seed).tolist()) for seed in range(5)}
    assert len(drawn) == 5


def test_a_threshold_is_fitted_on_one_half_and_read_on_the_other():
    path, _ = drawn_path(0, wrong=0.5)
    second = halve(np.zeros(N, dtype=np.int64))
    full = np.zeros(N, dtype=np.int64)
    held = hold_out(swap(path, second), "confidence", 0.95, full, 10)
    first_threshold, second_threshold = held.thresholds
    assert 0.3 < first_threshold < 0.6
    assert 0.3 < second_threshold < 0.6
    # Each half is read with the threshold of the other.
    stops = np.where(second, path.confidence[:, 0] >= first_threshold, False)
    stops |= np.where(~second, path.confidence[:, 0] >= second_threshold, False)
    assert held.spent.tolist() == np.where(stops, 2, 4).tolist()
    assert held.agrees.tolist() == (~stops | (path.label[:, 0] == 0)).tolist()
    assert held.agrees.mean() >= 0.95


def test_what_the_other_half_would_say_changes_no_threshold():
    path, disagrees = drawn_path(1, wrong=0.5)
    second = halve(np.zeros(N, dtype=np.int64))
    full = np.zeros(N, dtype=np.int64)
    fold, _ = swap(path, second)
    before = hold_out([fold], "margin", 0.95, full, 10)
    path.label[second, 0] = 1
    after = hold_out([fold], "margin", 0.95, full, 10)
    assert before.thresholds == after.thresholds
    assert before.agrees[second].sum() > after.agrees[second].sum()
    # Nothing was read of the half that fitted.
    assert after.spent[~second].tolist() == [10] * int((~second).sum())
    assert disagrees.any()


@pytest.mark.parametrize(("pictures", "supported"), [(298, False), (299, True)])
def test_ninety_nine_per_cent_takes_299_pictures(pictures, supported):
    path = make_path([[0.9, 1.0]] * 2 * pictures, [[0, 0]] * 2 * pictures)
    full = np.zeros(2 * pictures, dtype=np.int64)
    second = np.arange(2 * pictures) % 2 == 1
    held = hold_out(swap(path, second), "confidence", 0.99, full, 17)
    if supported:
        assert held.thresholds == (0.02, 0.02)
        assert set(held.spent.tolist()) == {2}
    else:
        assert held.thresholds == (None, None)
        assert set(held.spent.tolist()) == {17}
    assert held.agrees.all()


def test_folds_may_differ_in_what_was_fitted_before():
    labels = [[0, 0]] * 800
    z = np.tile([[3.0, 9.0]], (800, 1))
    paths = [
        make_path([[0.5, 0.5]] * 800, labels, agreement=z * factor, cost=cost)
        for factor, cost in ((1, 2), (2, 5))
    ]
    second = np.arange(800) % 2 == 1
    tried = np.array([8.0, 5.0])
    folds = [Fold(paths[0], tried, ~second, second), Fold(paths[1], tried, second, ~second)]
    held = hold_out(folds, "agrees", 0.99, np.zeros(800, dtype=np.int64), 40)
    assert held.thresholds == (5.0, 5.0)
    assert set(held.spent[second].tolist()) == {4}
    assert set(held.spent[~second].tolist()) == {5}


def test_the_z_of_agrees_is_learned_from_pictures_that_neither_fit_nor_read():
    world = make_world(4, 1600, n_groups=5, n_classes=6)
    plan = world.plan
    game = Game(plan, 5.0, stop=Never())
    full = plan.label_of[play(full_game(plan, 5.0), world.ask, 1600).leader].numpy()
    second = halve(full)
    folds = agreement_folds(game, world.similarities, second)
    for fold, mine in zip(folds, (~second, second), strict=True):
        assert (fold.read == ~mine).all()
        assert not (fold.fit & fold.read).any()
        assert abs(int(fold.fit.sum()) - 400) < 60
        taught = mine & ~fold.fit
        answers = read_answers(game.reading, world.similarities[torch.from_numpy(taught)])
        calibration = Calibration(moments=fit_moments(plan, answers))
        path = walk(Game(plan, 5.0, stop=Never(), calibration=calibration), world.similarities)
        assert path.agreement.tolist() == fold.path.agreement.tolist()
        assert np.isin(fold.tried[[0, -1]], path.agreement[taught]).all()
        assert (np.diff(fold.tried) < 0).all()
    held = hold_out(folds, "agrees", 0.9, full, plan.n_prompts)
    assert None not in held.thresholds
    assert held.agrees.mean() > 0.88
    assert held.spent.mean() < plan.n_prompts


def test_every_policy_is_compared_with_static_order_under_the_same_stop_rule():
    second = np.arange(800) % 2 == 1
    folds = {
        (policy, stop): swap(make_path([[0.9, 1.0]] * 800, [[0, 0]] * 800, cost=cost), second)
        for policy, stop, cost in [
            ("static", "confidence", 4),
            ("gain", "confidence", 3),
            ("gain", "margin", 3),
        ]
    }
    figures, savings = held_out(folds, (0.99, 0.95), np.zeros(800, dtype=np.int64), 10, 5)
    assert [(it.policy, it.stop, it.target, it.prompts.value) for it in figures] == [
        ("static", "confidence", 0.99, 4.0),
        ("static", "confidence", 0.95, 4.0),
        ("gain", "confidence", 0.99, 3.0),
        ("gain", "confidence", 0.95, 3.0),
        ("gain", "margin", 0.99, 3.0),
        ("gain", "margin", 0.95, 3.0),
    ]
    assert figures[2].share_of_used.value == pytest.approx(0.6)
    assert [(it.policy, it.stop, it.below_static.value) for it in savings] == [
        ("gain", "confidence, fitted to agree 0.99", 0.25),
        ("gain", "confidence, fitted to agree 0.95", 0.25),
    ]


def test_fitted_figures():
    held = Held((0.5, None), np.array([10, 20, 30, 40]), np.array([True, True, False, True]))
    found = fitted("gain", "confidence", 0.99, held, 50)
    assert (found.policy, found.stop, found.target) == ("gain", "confidence", 0.99)
    assert found.thresholds == [0.5, None]
    assert (found.agreement.count, found.agreement.total) == (3, 4)
    assert found.prompts.value == 25.0
    assert 10 <= found.prompts.low < 25 < found.prompts.high <= 40
    assert found.share_of_used.value == 0.5
    assert found.share_of_used.low == pytest.approx(found.prompts.low / 50)


def test_savings_by_hand():
    adaptive, static = np.array([10, 20, 30, 20]), np.array([20, 30, 60, 50])
    found = saving("gain", "confidence:0.9", adaptive, static, 100)
    assert (found.policy, found.stop) == ("gain", "confidence:0.9")
    assert found.stopping.value == pytest.approx(0.6)
    assert found.adapting.value == pytest.approx(0.2)
    assert found.below_static.value == pytest.approx(0.5)
    for part in (found.stopping, found.adapting, found.below_static):
        assert part.low < part.value < part.high


def test_savings_are_paired():
    rng = np.random.default_rng(0)
    static = rng.integers(20, 90, size=200)
    found = saving("gain", "confidence:0.9", static // 2, 2 * (static // 2), 100)
    # Picture by picture adaptive spends half, so every draw says half.
    assert found.below_static.low == pytest.approx(0.5)
    assert found.below_static.high == pytest.approx(0.5)
    assert found.stopping.high - found.stopping.low > 0.01


def test_a_learned_order_knows_the_labels_of_the_fitting_half_alone():
    world = make_world(4, 400, n_groups=5, n_classes=6)
    game, cosines = Game(world.plan, 5.0, stop=Never()), world.similarities
    rng = np.random.default_rng(0)
    truth = rng.integers(0, len(world.plan.labels), 400)
    second = halve(truth)
    folds = learned_folds(game, cosines, truth, second)
    assert set(folds) == {(LEARNED, stop) for stop in ("confidence", "margin", "agrees")}
    # Other labels in the half that is read change nothing.
    others = np.where(second, rng.permutation(truth), truth)
    again = learned_folds(game, cosines, others, second)
    for stop in ("confidence", "agrees"):
        before, after = folds[LEARNED, stop][0], again[LEARNED, stop][0]
        np.testing.assert_array_equal(before.path.group, after.path.group)
    for which, may_fit in enumerate((~second, second)):
        rows = torch.from_numpy(may_fit)
        labels = torch.from_numpy(truth)[rows]
        classes = (game.plan.label_of == labels[:, None]).to(torch.uint8).argmax(dim=1)
        order = learn_order(game.plan, cosines[rows], classes, game.scale)
        asked = folds[LEARNED, "confidence"][which].path.group[0]
        assert tuple(game.plan.groups[g] for g in asked) == order
