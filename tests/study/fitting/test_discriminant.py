import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.worlds import make_world
from tests.study.fitting.taught import draw_pictures, draw_system
from twentyq.calibration import rounded
from twentyq.engine import Game
from twentyq.engine.calibration import Calibration
from twentyq.study.fitting.discriminant import can_discriminate, fit_discriminant
from twentyq.study.fitting.validation import judge
from twentyq.study.group_answers import read_answers


def fit(taught, rows=slice(None), scale=1.0):
    answers = read_answers(Game(taught.plan, scale).reading, taught.similarities[rows])
    return fit_discriminant(taught.plan, answers, taught.truth[rows])


def test_it_tells_what_wrong_rules_cannot():
    taught = draw_pictures(each=30, noise=0.5)
    shifted = (taught.truth + 1) % len(taught.plan.labels)  # the rules speak of other classes
    even = torch.arange(len(shifted)) % 2 == 0
    answers = read_answers(Game(taught.plan, 1.0).reading, taught.similarities[even])
    fitted = Calibration(discriminant=fit_discriminant(taught.plan, answers, shifted[even]))
    unseen = (taught.similarities[~even], shifted[~even])
    assert judge(taught.plan, 1.0, *unseen, Calibration(), ()).right.mean() < 0.3
    assert judge(taught.plan, 1.0, *unseen, fitted, ()).right.mean() > 0.9


def test_classes_without_pictures_have_no_mean():
    taught = draw_pictures()
    found = fit(taught, taught.truth != 3)
    assert found.has_mean.tolist() == [i != 3 for i in range(8)]


def test_means_of_nothing_but_chance_are_shrunk_to_almost_nothing():
    rng = np.random.default_rng(0)
    told = draw_pictures(each=5, noise=0.5)
    untold = draw_pictures(each=5, signal=0.0, noise=0.5, system=draw_system(rng))
    size = [fit(one).means.square().sum(dim=1).mean() for one in (told, untold)]
    raw = untold.similarities.reshape(8, 5, -1).mean(dim=1).var()
    assert size[1] < size[0] / 5
    assert size[1] < raw * 24 / 5


def test_a_scale_or_bias_changes_nothing_that_is_believed():
    taught = draw_pictures(each=10, bias=0.5)
    results = []
    for scale in (1.0, 4.0):
        fitted = Calibration(discriminant=fit(taught, scale=scale))
        unseen = (taught.similarities, taught.truth)
        results.append(judge(taught.plan, scale, *unseen, fitted, ()).stated)
    assert np.allclose(*results, atol=1e-4)


@given(st.integers(0, 10**6))
def test_what_the_file_keeps_of_it_can_be_used(seed):
    world = make_world(seed, n_images=12)
    plan = world.plan
    truth = torch.arange(12) % len(plan.labels)
    if not can_discriminate(truth):
        return
    answers = read_answers(Game(plan, 1.0).reading, world.similarities)
    fitted = Calibration(discriminant=fit_discriminant(plan, answers, truth))
    Game(plan, 1.0, calibration=rounded(fitted))


def test_it_needs_a_label_with_two_pictures():
    assert can_discriminate(torch.tensor([0, 1, 1]))
    assert not can_discriminate(torch.tensor([0, 1, 2]))
