import numpy as np
import pytest
import torch

from tests.study.fitting.taught import draw_pictures
from twentyq.study.fitting.choice import choose, fit_choice, improvement
from twentyq.study.fitting.parts import LABELLED


def fit(taught, allowed, truth=None):
    truth = taught.truth if truth is None else truth
    return choose(taught.plan, 4.0, taught.similarities, truth, allowed)


def shuffled(truth):
    return truth[torch.from_numpy(np.random.default_rng(0).permutation(len(truth)))]


def test_what_helps_is_taken_and_lowers_the_loss():
    taught = draw_pictures(each=20, noise=1.5, bias=2.0)
    choice = fit(taught, ("bias", *LABELLED))
    assert {"bias", "probability"} <= set(choice.parts)
    first = choice.trials[0].judged
    assert first.parts == ()
    drop, error = improvement(first, choice.chosen.judged)
    assert drop > 2 * error
    assert choice.chosen.judged.right.mean() > first.right.mean()


@pytest.mark.parametrize("part", ["lda", "weights"])
def test_what_does_not_help_is_left_out(part):
    taught = draw_pictures(each=10, signal=0.0, noise=0.02)
    choice = fit(taught, (part,), shuffled(taught.truth))
    assert choice.parts == ()
    assert [trial.judged.parts for trial in choice.trials] == [(), (part,)]


def test_only_what_is_allowed_is_tried():
    choice = fit(draw_pictures(each=6), ("temperature", "confusion"))
    tried = {trial.judged.parts for trial in choice.trials}
    assert tried == {(), ("temperature",), ("confusion",)}


def test_lda_is_not_tried_where_no_label_has_two_pictures():
    taught = draw_pictures(each=1)
    assert len(fit(taught, ("lda",)).trials) == 1


def test_the_choice_is_fitted_to_all_pictures():
    taught = draw_pictures(each=20, noise=1.5)
    choice = fit(taught, ("confusion", "probability"))
    fitted = fit_choice(taught.plan, 4.0, taught.similarities, taught.truth, choice)
    assert fitted.probability is not None
    assert (fitted.confusion is not None) == ("confusion" in choice.parts)


def test_the_same_pictures_give_the_same_choice():
    taught = draw_pictures(each=8)
    first, second = (fit(taught, ("bias", "lda", "probability")) for _ in range(2))
    assert first.parts == second.parts
    assert np.array_equal(first.chosen.judged.loss, second.chosen.judged.loss)
