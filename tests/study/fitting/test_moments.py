import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.worlds import make_world
from twentyq.engine import Game
from twentyq.engine.calibration import Calibration, check_fits
from twentyq.study.fitting.moments import fit_moments
from twentyq.study.group_answers import read_answers


@given(st.integers(0, 10**6))
def test_they_are_mean_and_covariance_of_each_group(seed):
    world = make_world(seed, n_images=9)
    plan = world.plan
    answers = read_answers(Game(plan, 5.0).reading, world.similarities)
    moments = fit_moments(plan, answers)
    check_fits(plan, Calibration(moments=moments))
    assert torch.allclose(moments.mean, answers.mean(dim=0))
    for group, size in enumerate(plan.sizes.tolist()):
        columns = plan.options_of(group)
        block = moments.covariance[columns]
        assert np.allclose(block[:, :size], np.cov(answers[:, columns].numpy().T), atol=1e-15)
        assert not block[:, size:].any()
