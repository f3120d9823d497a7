from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.worlds import make_world
from twentyq.engine import Game, compile_plan, play
from twentyq.engine.gain import build_channel, gini_gain, information_gain
from twentyq.engine.policies import GainPolicy, GiniPolicy
from twentyq.engine.reading import build_reading
from twentyq.engine.state import start
from twentyq.engine.stopping import Never
from twentyq.study.lookahead import LookaheadPolicy, ToStopPolicy
from twentyq.system.model import AttributeGroup, System

seeds = st.integers(0, 10_000)


def by_hand(plan, channel, belief, asked, group, *, per_prompt, threshold=2.0):
    """V_g, one answer after another."""
    bits = float(information_gain(channel, belief[None])[0, group])
    prompts = float(plan.sizes[group])
    for column in range(plan.first_option[group], plan.first_option[group + 1]):
        joint = belief * channel.probability[:, column]
        chance = float(joint.sum())
        after = joint / chance
        gains = information_gain(channel, after[None])[0]
        free = [
            g
            for g in range(len(plan.groups))
            if g != group and not asked[g] and plan.informative[g]
        ]
        if not free or float(after.max()) >= threshold:
            continue
        best = max(free, key=lambda g: float(gains[g] / (plan.sizes[g] if per_prompt else 1)))
        bits += chance * float(gains[best])
        prompts += chance * float(plan.sizes[best])
    return bits / prompts if per_prompt else bits


@settings(max_examples=25)
@given(seed=seeds, per_prompt=st.booleans(), threshold=st.sampled_from([0.6, float("inf")]))
def test_the_value_is_that_of_the_best_pair(seed, per_prompt, threshold):
    plan = make_world(seed, n_groups=3, hard=True).plan
    channel = build_channel(plan, 0.2)
    rng = np.random.default_rng(seed)
    state = start(build_reading(plan, 1), 4)
    belief = torch.from_numpy(rng.dirichlet(np.ones(len(plan.classes)), size=4))
    # Classes with equal rules are one outcome; here they are made one class, without belief.
    first = torch.tensor([plan.tie_of.tolist().index(t) for t in plan.tie_of.tolist()])
    belief = belief * (first == torch.arange(len(first)))
    belief = belief / belief.sum(dim=1, keepdim=True)
    state.asked[:, 0] = torch.from_numpy(rng.random(4) < 0.5)
    state = replace(state, posterior=belief)
    value = LookaheadPolicy(per_prompt, threshold).value(plan, channel, state)
    for row in range(4):
        for group in range(1, 3):
            expected = by_hand(
                plan,
                channel,
                belief[row],
                state.asked[row],
                group,
                per_prompt=per_prompt,
                threshold=threshold,
            )
            assert float(value[row, group]) == pytest.approx(expected, abs=1e-9)


def two_steps_system():
    """`big` leaves pairs that only `left` and `right` together would not have left."""
    rules = {
        f"c{left}{right}": {
            "big": {f"b{(2 * left + right) // 2 + (left == right == 1)}": 1.0},
            "left": {f"l{left}": 1.0},
            "right": {f"r{right}": 1.0},
        }
        for left in range(2)
        for right in range(2)
    }
    groups = (
        AttributeGroup("big", "{}", ("b0", "b1", "b2")),
        AttributeGroup("left", "{}", ("l0", "l1")),
        AttributeGroup("right", "{}", ("r0", "r1")),
    )
    return System("two steps", groups, tuple(rules), rules)


def test_it_sees_that_two_halves_beat_one_group_of_most_bits():
    plan = compile_plan(two_steps_system())
    channel, state = build_channel(plan, 0), start(build_reading(plan, 1), 1)
    gain = information_gain(channel, state.posterior)[0]
    assert int(gain.argmax()) == 0
    value = LookaheadPolicy(per_prompt=True, threshold=0.9).value(plan, channel, state)[0]
    # left then right: 2 bits for 4 prompts; big first: 2 bits for 3, and 2 more every other time.
    assert value.tolist() == pytest.approx([2 / 4, 2 / 4, 2 / 4])
    blind = LookaheadPolicy().value(plan, channel, state)[0]
    assert blind.tolist() == pytest.approx([2, 2, 2])


def test_the_last_group_is_worth_its_own_gain():
    plan = compile_plan(two_steps_system())
    channel, state = build_channel(plan, 0.2), start(build_reading(plan, 1), 1)
    state.asked[:, :2] = True
    gain = information_gain(channel, state.posterior)[0, 2]
    assert float(LookaheadPolicy().value(plan, channel, state)[0, 2]) == pytest.approx(float(gain))


def test_the_engine_plays_it_and_asks_everything_once():
    world = make_world(5, n_classes=8, n_groups=5, hard=True)
    game = Game(world.plan, 24.6, policy=LookaheadPolicy(), stop=Never())
    groups = play(game, world.ask, len(world.similarities)).groups_asked
    informative = world.plan.informative.nonzero()[:, 0].tolist()
    assert [sorted(g for g in row if g >= 0) for row in groups.tolist()] == [informative] * 6


@pytest.mark.parametrize("greedy", [GainPolicy(), GiniPolicy(), GainPolicy(per_prompt=True)])
def test_a_threshold_out_of_reach_leaves_greedy_play(greedy):
    world = make_world(5, n_classes=8, n_groups=5, hard=True)
    channel, state = build_channel(world.plan, 0.2), start(build_reading(world.plan, 1), 1)
    value = ToStopPolicy(greedy, 1.5).value(world.plan, channel, state)
    torch.testing.assert_close(value, greedy.value(world.plan, channel, state))


def test_what_need_not_be_learned_after_the_stop_counts_as_learned():
    rules = {
        "a": {"which": {"a": 1.0}, "half": {"left": 1.0}},
        "b": {"which": {"b": 1.0}, "half": {"right": 1.0}},
        "c": {"which": {"c": 1.0}, "half": {"right": 1.0}},
    }
    groups = (
        AttributeGroup("which", "{}", ("a", "b", "c")),
        AttributeGroup("half", "{}", ("left", "right")),
    )
    prior = {"a": 1.0, "b": 8.0, "c": 1.0}
    plan = compile_plan(System("stop", groups, tuple(rules), rules, prior=prior))
    channel, state = build_channel(plan, 0), start(build_reading(plan, 1), 1)
    # `half` leaves b and c at 8 : 1, which 0.85 takes for enough; `which` leaves nothing.
    bits = information_gain(channel, state.posterior)[0]
    left = 0.9 * -(8 / 9 * np.log2(8 / 9) + 1 / 9 * np.log2(1 / 9))
    value = ToStopPolicy(GainPolicy(), 0.85).value(plan, channel, state)[0]
    assert value.tolist() == pytest.approx([float(bits[0]), float(bits[1]) + left])
    assert value.tolist() == pytest.approx([float(bits[0])] * 2)
    unsure = ToStopPolicy(GainPolicy(), 0.95).value(plan, channel, state)[0]
    assert unsure.tolist() == pytest.approx(bits.tolist())
    impurity = 0.9 * (1 - (8 / 9) ** 2 - (1 / 9) ** 2)
    gini = gini_gain(channel, state.posterior)[0]
    value = ToStopPolicy(GiniPolicy(per_prompt=True), 0.85).value(plan, channel, state)[0]
    expected = [float(gini[0]) / 3, (float(gini[1]) + impurity) / 2]
    assert value.tolist() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("policy", "name"),
    [
        (LookaheadPolicy(), "lookahead"),
        (LookaheadPolicy(per_prompt=True), "lookahead-per-prompt"),
        (LookaheadPolicy(per_prompt=True, threshold=0.9), "lookahead-per-prompt to 0.9"),
        (ToStopPolicy(GainPolicy(), 0.9), "gain to 0.9"),
        (ToStopPolicy(GiniPolicy(per_prompt=True), 0.75), "gini-per-prompt to 0.75"),
    ],
)
def test_it_has_a_name_for_tables(policy, name):
    assert policy.name == name
