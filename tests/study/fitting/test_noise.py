import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.worlds import make_world
from twentyq.study.fitting.noise import LEAST, MOST, fit_noise


@given(st.floats(0, 1), st.integers(0, 10**6))
def test_the_noise_of_planning_channels_is_found(noise, seed):
    plan = make_world(seed).plan
    answers = torch.zeros(3, plan.n_prompts, dtype=torch.float64)
    for group, size in enumerate(plan.sizes.tolist()):
        block = torch.full((3, size), noise / size, dtype=torch.float64)
        block[range(3), torch.arange(3) % size] += 1 - noise
        answers[:, plan.options_of(group)] = block
    expected = torch.full((len(plan.groups),), min(max(noise, LEAST), MOST), dtype=torch.float64)
    assert torch.allclose(fit_noise(plan, answers), expected, atol=1e-6)
