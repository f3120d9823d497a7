import numpy as np
import pytest
import torch

from tests.study.fitting.taught import draw_system
from twentyq.engine import Game, compile_plan
from twentyq.study.fitting.evidence import draw_subsets, gather
from twentyq.study.fitting.temperature import fit_temperature


@pytest.mark.parametrize("factor", [0.25, 1.0, 4.0])
def test_the_scale_at_which_belief_is_honest_is_found(factor):
    rng = np.random.default_rng(1)
    plan = compile_plan(draw_system(rng, n_classes=4, n_groups=1, n_options=4))
    cosines = torch.from_numpy(rng.normal(size=(4000, 4)))
    subsets = draw_subsets(plan, 0)
    reading = Game(plan, 2.0 * factor).reading
    [believed] = gather(reading, cosines, subsets).believed
    belief = reading.posterior(believed, torch.ones(4000)).numpy()
    truth = torch.from_numpy((belief.cumsum(axis=1) < rng.random((4000, 1))).sum(axis=1))
    found = fit_temperature(plan, 2.0, cosines, truth, subsets, unbiased=False)
    assert found == 2.0 * factor


def test_of_equals_the_encoders_own_scale_is_kept():
    rng = np.random.default_rng(1)
    plan = compile_plan(draw_system(rng))
    level = torch.zeros(20, plan.n_prompts, dtype=torch.float64)
    truth = torch.arange(20) % len(plan.labels)
    subsets = draw_subsets(plan, 0)
    assert fit_temperature(plan, 3.0, level, truth, subsets, unbiased=True) == 3.0
