import numpy as np
import pytest

from tests.study.test_ways import calibrated
from twentyq.study import analysis
from twentyq.study.analysis import Settings, analyse
from twentyq.study.modes import play_ways
from twentyq.study.ways import adaptive_way

SETTINGS = Settings(("gain", "static", "random"), ("confidence:0.7",), controls=False)


@pytest.fixture(scope="module")
def found(studied):
    return analyse(studied, SETTINGS, None, "twentyq study things")


def test_random_order_is_played_with_several_seeds(studied, found):
    [curve] = [it for it in found.summary.curves if (it.policy, it.stop) == ("random", "questions")]
    seeds = (0, *analysis.RANDOM_SEEDS)
    ways = [adaptive_way(studied, f"random:{seed}", "questions:1") for seed in seeds]
    spent = [np.mean(it.stopped.spent) for it in play_ways(ways)]
    assert len(set(spent)) > 1
    assert curve.points[0].prompts == pytest.approx(np.mean(spent))


def test_without_moments_nothing_is_drawn_for_agrees(studied, found):
    assert "agrees" not in {curve.stop for curve in found.summary.curves}
    having = calibrated(studied, ("moments",))
    with_moments = analyse(having, SETTINGS, None, "").summary
    assert "agrees" in {curve.stop for curve in with_moments.curves}


def test_savings_are_against_the_static_order_with_the_same_stop(studied, found):
    plain = {(it.policy, it.stop): it for it in found.summary.savings}
    assert {policy for policy, stop in plain if stop == "confidence:0.7"} == {"gain", "random"}
    gain, static = (
        np.mean(it.stopped.spent)
        for it in play_ways(
            [adaptive_way(studied, policy, "confidence:0.7") for policy in ("gain", "static")]
        )
    )
    saved = plain["gain", "confidence:0.7"]
    assert saved.below_static.value == pytest.approx(1 - gain / static)
    assert saved.stopping.value == pytest.approx(1 - static / studied.plan.n_prompts)


def test_thresholds_are_fitted_for_every_policy_that_is_not_random(found):
    fitted = {(it.policy, it.stop) for it in found.summary.fitted}
    stops = {"confidence", "margin", "agrees"}
    assert fitted >= {(policy, stop) for policy in ("gain", "static") for stop in stops}
    assert "random" not in {policy for policy, _ in fitted}


def test_names_are_told_in_the_template_of_the_file(found):
    assert found.names.name == 'names in "a {} in a picture"'
    assert found.full is found.own_full
    assert found.default.name == found.summary.default == "gain, confidence:0.7"
