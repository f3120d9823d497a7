import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.worlds import make_world
from twentyq.bench import drawn
from twentyq.engine.gain import build_channel, gini_gain, information_gain, single_precision
from twentyq.engine.plan import compile_plan
from twentyq.engine.policies import CLOSE
from twentyq.errors import UsageError
from twentyq.system.model import AttributeGroup, System

seeds = st.integers(0, 2**32 - 1)


def draw_posterior(seed, n_classes):
    rng = np.random.default_rng(seed)
    sharp = rng.choice([0.05, 1.0, 20.0])
    return torch.from_numpy(rng.dirichlet(np.full(n_classes, sharp), size=3))


def enumerated(plan, posterior, noise, group):
    """Enumerate class and discrete answer, and take the mean drop of entropy and of impurity."""
    joint = {}
    block = plan.rules[:, plan.options_of(group)]
    size = block.shape[1]
    for c, k in itertools.product(range(len(plan.classes)), range(size)):
        chance = (1 - noise) * float(block[c, k]) + noise / size
        joint[c, k] = float(posterior[c]) * chance
    before = [float(p) for p in posterior]
    bits, impurity = entropy(before), 1 - sum(p * p for p in before)
    for k in range(size):
        marginal = sum(joint[c, k] for c in range(len(before)))
        if marginal > 0:
            after = [joint[c, k] / marginal for c in range(len(before))]
            bits -= marginal * entropy(after)
            impurity -= marginal * (1 - sum(p * p for p in after))
    return bits, impurity


def entropy(distribution):
    return -sum(p * math.log2(p) for p in distribution if p > 0)


@given(seeds, st.sampled_from([0.0, 0.3, 0.5, 1.0]))
def test_gains_equal_the_enumeration_of_class_and_answer(seed, noise):
    plan = make_world(seed, n_images=1).plan
    posterior = draw_posterior(seed, len(plan.classes))
    channel = build_channel(plan, noise)
    bits, impurity = information_gain(channel, posterior), gini_gain(channel, posterior)
    for i, g in itertools.product(range(len(posterior)), range(len(plan.groups))):
        expected_bits, expected_impurity = enumerated(plan, posterior[i], noise, g)
        assert float(bits[i, g]) == pytest.approx(expected_bits, abs=1e-9)
        assert float(impurity[i, g]) == pytest.approx(expected_impurity, abs=1e-9)


@given(seeds, st.sampled_from([0.0, 0.5]))
def test_gain_lies_between_zero_and_the_bits_of_the_options(seed, noise):
    plan = make_world(seed, n_images=1).plan
    gain = information_gain(build_channel(plan, noise), draw_posterior(seed, len(plan.classes)))
    assert bool((gain >= 0).all())
    assert bool((gain <= torch.log2(plan.sizes.double())).all())


@given(seeds)
def test_where_nothing_is_left_to_learn_rounding_makes_no_gain_negative(seed):
    plan = make_world(seed, n_images=1).plan
    sure = torch.eye(len(plan.classes), dtype=torch.float64)
    for noise in (0.0, 0.3):
        channel = build_channel(plan, noise)
        for gain in (information_gain(channel, sure), gini_gain(channel, sure)):
            assert bool((gain >= 0).all())
            assert float(gain.max()) < 1e-12


def test_gain_worked_by_hand():
    group = AttributeGroup("g", "{}", ("w", "x", "y", "z"))
    names = ("a", "b", "c", "d")
    rules = {n: {"g": {o: 1.0}} for n, o in zip(names, group.options, strict=True)}
    plan = compile_plan(System("s", (group,), names, rules))
    uniform = torch.full((1, 4), 0.25, dtype=torch.float64)
    assert float(information_gain(build_channel(plan, 0.0), uniform)) == 2.0
    assert float(gini_gain(build_channel(plan, 0.0), uniform)) == 0.75
    # With η = 0.5 the true option has chance 5/8 and the others 1/8 each.
    noisy = 2 - (5 / 8 * math.log2(8 / 5) + 3 / 8 * math.log2(8))
    assert float(information_gain(build_channel(plan, 0.5), uniform)) == pytest.approx(noisy)
    assert float(information_gain(build_channel(plan, 1.0), uniform)) == pytest.approx(0, abs=1e-12)


def test_noise_outside_zero_to_one_is_refused():
    plan = make_world(0).plan
    with pytest.raises(UsageError, match="planning noise is a probability"):
        build_channel(plan, 1.5)


@given(seeds, st.sampled_from([0.0, 0.5, 1.0]), st.booleans())
def test_single_precision_gives_the_same_gains_within_a_millionth_of_a_bit(seed, noise, confused):
    plan = make_world(seed, n_images=1).plan
    confusion = torch.full((plan.n_prompts, int(plan.sizes.max())), 0.0, dtype=torch.float64)
    for g, size in enumerate(plan.sizes.tolist()):
        confusion[plan.options_of(g), :size] = 0.2 / size + 0.8 * torch.eye(size)
    channel = build_channel(plan, noise, confusion if confused else None)
    rounded, posterior = single_precision(channel), draw_posterior(seed, len(plan.classes))
    for measure in (information_gain, gini_gain):
        fast, plain = measure(rounded, posterior), measure(channel, posterior)
        assert fast.dtype == torch.float32
        assert torch.allclose(fast.double(), plain, rtol=0, atol=1e-6)


def test_gains_of_a_large_system_equal_the_formula():
    size = drawn.Size(classes=1000, groups=40, options=8, batch=16)
    plan, posterior = drawn.draw_plan(size), drawn.draw_posterior(size)
    channel = build_channel(plan)
    probability = channel.probability.reshape(1000, 40, 8)
    mean = torch.einsum("bc,cgk->bgk", posterior, probability)
    spread = torch.special.entr(mean).sum(2)
    expected = posterior @ torch.special.entr(probability).sum(2)
    bits = (spread - expected) / math.log(2)
    assert torch.allclose(information_gain(channel, posterior), bits, rtol=0, atol=1e-12)
    fast = information_gain(single_precision(channel), posterior).double()
    assert torch.allclose(fast, bits, rtol=0, atol=CLOSE / 10)
