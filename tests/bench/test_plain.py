import numpy as np
import pytest

from twentyq.bench.drawn import Size, draw_plan, draw_posterior
from twentyq.bench.plain import gain_in_numpy, gain_in_python
from twentyq.engine.gain import build_channel, information_gain


@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_all_ways_to_the_gain_lead_to_the_same_bits(noise):
    size = Size(classes=12, groups=5, options=3, batch=4)
    plan, posterior = draw_plan(size), draw_posterior(size)
    channel = build_channel(plan, noise)
    expected = information_gain(channel, posterior).numpy()
    probability = channel.probability
    assert np.allclose(
        gain_in_numpy(probability.numpy(), posterior.numpy(), plan), expected, atol=1e-9
    )
    for belief, row in zip(posterior.tolist(), expected, strict=True):
        got = gain_in_python(probability.tolist(), belief, plan.first_option)
        assert got == pytest.approx(row, abs=1e-9)
