import numpy as np
import pytest

from tests.study.test_ways import calibrated
from twentyq.study.modes import mode_figures, play_ways
from twentyq.study.ways import adaptive_ways, reference_ways


def played_all(studied):
    ways = [*reference_ways(studied), *adaptive_ways(studied, ["gain"], ["confidence:0.7", "none"])]
    return {it.way.name: it for it in play_ways(ways)}


def test_stop_rules_of_one_policy_share_its_walk(studied):
    played = played_all(studied)
    assert played["gain, none"].path is played["gain, confidence:0.7"].path
    others = [it.path for name, it in played.items() if name != "gain, none"]
    assert len({id(path) for path in others}) == len(others)


def test_the_figures_of_a_mode(studied):
    played, truth = played_all(studied), studied.similarities.truth.numpy()
    full, mine = played["full"], played["gain, confidence:0.7"]
    used = studied.plan.n_prompts - 1  # nothing is violet
    figures = mode_figures(mine, full, full, truth, used)
    right, full_right = mine.stopped.label == truth, full.stopped.label == truth
    assert 0 < figures.accuracy.count == np.sum(right) < figures.accuracy.total == len(truth)
    assert figures.agreement.share == np.mean(mine.stopped.label == full.stopped.label)
    apart = np.mean(right) - np.mean(full_right)
    assert figures.difference.value == pytest.approx(apart)
    assert figures.mcnemar.only_full == np.sum(full_right & ~right)
    assert figures.cost.mean == np.mean(mine.stopped.spent) < studied.plan.n_prompts
    assert figures.cost.share == figures.cost.mean / studied.plan.n_prompts
    assert figures.cost.share_of_used > figures.cost.share
    by_label = [np.mean(right[truth == label]) for label in np.unique(truth)]
    assert figures.macro_accuracy.value == pytest.approx(np.mean(by_label))
    assert figures.reliability.speaks == "posterior"
    alone = mode_figures(full, full, full, truth, used)
    assert (alone.agreement, alone.difference, alone.mcnemar) == (None, None, None)


def test_a_calibrated_mode_agrees_with_full_that_hears_the_same(studied):
    played = played_all(calibrated(studied, ("bias", "scale", "probability")))
    truth = studied.similarities.truth.numpy()
    full, own = played["full"], played["full, calibrated"]
    assert (own.stopped.label != full.stopped.label).any()
    to_the_end = mode_figures(played["gain, none"], full, own, truth, 7)
    assert to_the_end.agreement.share == 1
    gained = np.mean(own.stopped.label == truth) - np.mean(full.stopped.label == truth)
    assert to_the_end.difference.value == pytest.approx(gained)
    assert to_the_end.reliability.speaks == "probability"
    assert mode_figures(own, full, own, truth, 7).agreement is None
