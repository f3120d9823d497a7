import pytest

from tests.study.fitting.taught import draw_pictures
from twentyq.engine import Game, parse_policy, parse_stop
from twentyq.engine.calibration import Calibration
from twentyq.study.fitting.confusion import fit_confusion
from twentyq.study.fitting.stopping import fit_stopping
from twentyq.study.group_answers import read_answers


def fit(each, parts, calibration=None):
    taught = draw_pictures(each=each, noise=0.8)
    policy = parse_policy("gini-per-prompt")
    pool = taught.similarities
    return fit_stopping(taught.plan, 4.0, policy, calibration or Calibration(), pool, parts)


def test_targets_that_the_pool_supports_are_kept_and_others_named():
    found = fit(40, ("agrees",))  # 320 pictures, halves of 160
    assert found.parts == ("agrees",)
    assert [t for t, _ in found.calibration.moments.thresholds] == [0.97, 0.95, 0.9]
    assert found.notes[0] == (
        "agrees:0.99 is left out: it needs 598 pictures whose labels were not learned from, and "
        "there are 320"
    )
    plan = draw_pictures().plan
    Game(plan, 4.0, stop=parse_stop("agrees:0.97"), calibration=found.calibration)


def test_a_handful_of_pictures_supports_nothing():
    found = fit(3, ("noise", "agrees"))
    assert found.parts == ()
    assert found.calibration.moments is None
    assert any("noise is left out: there are too few pictures" in note for note in found.notes)
    assert sum("agrees:" in note for note in found.notes) == 4


def test_noise_is_kept_where_it_saves_prompts_and_only_there():
    found = fit(40, ("noise", "agrees"))
    without, with_noise = (kept[0].prompts for _, kept in found.tried)
    assert ("noise" in found.parts) == (with_noise < without)
    assert (found.calibration.noise is not None) == ("noise" in found.parts)


def test_noise_gives_way_to_a_confusion_matrix():
    taught = draw_pictures(each=40, noise=0.8)
    answers = read_answers(Game(taught.plan, 4.0).reading, taught.similarities)
    confusion = fit_confusion(taught.plan, answers, taught.truth)
    found = fit(40, ("noise", "agrees"), Calibration(confusion=confusion))
    assert found.calibration.noise is None
    assert "noise is left out: planning goes by the confusion matrix" in found.notes


@pytest.mark.parametrize("parts", [("noise",), ("agrees",)])
def test_only_what_is_asked_for_is_added(parts):
    found = fit(40, parts).calibration
    assert "agrees" in parts or found.moments is None
    assert "noise" in parts or found.noise is None
