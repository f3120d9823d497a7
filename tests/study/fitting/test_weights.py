import numpy as np
import torch

from tests.study.fitting.taught import draw_pictures
from twentyq.engine import Game
from twentyq.engine.calibration import Calibration
from twentyq.study.fitting.evidence import draw_subsets, gather, mean_loss
from twentyq.study.fitting.weights import fit_weights


def blinded(taught, group, seed=0):
    """The same pictures, but one group's cosines belong to others."""
    shuffled = torch.from_numpy(np.random.default_rng(seed).permutation(len(taught.truth)))
    cosines = taught.similarities.clone()
    columns = taught.plan.options_of(group)
    cosines[:, columns] = 3 * cosines[shuffled][:, columns]
    return cosines


def test_a_group_that_says_nothing_weighs_little_and_loss_falls():
    taught = draw_pictures(each=30)
    plan, cosines = taught.plan, blinded(taught, 2)
    reading, subsets = Game(plan, 1.0).reading, draw_subsets(taught.plan, 0)
    weights = fit_weights(reading, cosines, taught.truth, subsets)
    assert (weights > 0).all()
    assert weights[2] < weights[torch.arange(6) != 2].min() / 4

    def loss(calibration):
        read = Game(plan, 1.0, calibration=calibration).reading
        return mean_loss(plan, gather(read, cosines, subsets), taught.truth, redundancy=0.1)

    assert loss(Calibration(weights=weights)) < loss(Calibration())


def test_few_pictures_leave_the_weights_near_one():
    taught = draw_pictures(each=1)
    subsets = draw_subsets(taught.plan, 0)
    reading = Game(taught.plan, 1.0).reading
    few = fit_weights(reading, taught.similarities[:2], taught.truth[:2], subsets)
    assert few.log().abs().max() < 0.7
