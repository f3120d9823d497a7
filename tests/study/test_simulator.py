import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.worlds import rng_system
from twentyq.engine import BeliefSettings, compile_plan
from twentyq.engine.gain import build_channel
from twentyq.engine.listening import no_answers
from twentyq.engine.reading import build_reading
from twentyq.engine.state import hear, start
from twentyq.errors import UsageError
from twentyq.study.simulator import MOST_POSITIONS, enumerate_positions
from twentyq.system.model import AttributeGroup, System

seeds = st.integers(0, 10_000)
noises = st.sampled_from([0.05, 0.2, 0.4])


def drawn_plan(seed, prior=True):
    rng = np.random.default_rng(seed)
    return compile_plan(rng_system(rng, n_groups=int(rng.integers(1, 5)), prior=prior, labels=True))


def test_positions_are_the_answers_of_each_group_and_its_silence():
    plan = drawn_plan(3)
    positions = enumerate_positions(plan, 0.2)
    assert positions.shape == tuple(size + 1 for size in plan.sizes.tolist())
    assert len(positions.answer) == math.prod(positions.shape)
    assert len(torch.unique(positions.answer, dim=0)) == len(positions.answer)
    assert positions.answer[-1].tolist() == plan.sizes.tolist()
    assert not positions.state.asked[-1].any()
    assert float(positions.chance[-1]) == pytest.approx(1)
    torch.testing.assert_close(positions.state.posterior[-1], torch.exp(plan.log_prior))


@settings(max_examples=25)
@given(seed=seeds, noise=noises)
def test_chance_and_posterior_are_bayes_worked_out_one_by_one(seed, noise):
    plan = drawn_plan(seed)
    positions = enumerate_positions(plan, noise)
    channel = build_channel(plan, noise).probability
    rows = np.random.default_rng(seed).integers(len(positions.answer), size=5)
    for row in rows.tolist():
        joint = torch.exp(plan.log_prior).tolist()
        for group, k in enumerate(positions.answer[row].tolist()):
            if k < plan.sizes[group]:
                column = plan.first_option[group] + k
                joint = [p * float(channel[c, column]) for c, p in enumerate(joint)]
        assert float(positions.chance[row]) == pytest.approx(sum(joint))
        expected = [p / sum(joint) for p in joint]
        assert positions.state.posterior[row].tolist() == pytest.approx(expected)


@settings(max_examples=25)
@given(seed=seeds, noise=noises)
def test_the_engine_hears_what_the_positions_say(seed, noise):
    plan = drawn_plan(seed)
    positions = enumerate_positions(plan, noise)
    whole = positions.answer[positions.state.asked.all(dim=1)]
    reading = build_reading(plan, 1000, BeliefSettings(noise, redundancy=0))
    state, answers = start(reading, len(whole)), no_answers(reading, len(whole))
    for group, options in enumerate(plan.options):
        told = torch.nn.functional.one_hot(whole[:, group], len(options)).to(torch.float64)
        answers.enter(reading, group, told)
        state = hear(reading, state, torch.full((len(whole),), group), answers)
        silent = torch.where(state.asked, whole, plan.sizes)
        here = np.ravel_multi_index(tuple(silent.T.numpy()), positions.shape)
        ours = positions.state.rows(torch.from_numpy(here))
        assert torch.equal(ours.asked, state.asked)
        assert torch.equal(ours.prompts_spent, state.prompts_spent)
        torch.testing.assert_close(ours.evidence, state.evidence, rtol=0, atol=1e-9)
        torch.testing.assert_close(ours.posterior, state.posterior, rtol=0, atol=1e-9)


@settings(max_examples=25)
@given(seed=seeds, noise=noises)
def test_what_a_question_leads_to_has_the_chance_of_asking_it(seed, noise):
    positions = enumerate_positions(drawn_plan(seed), noise)
    for group in range(len(positions.shape)):
        unasked = ~positions.state.asked[:, group]
        after = positions.after(group, positions.chance)
        torch.testing.assert_close(after[unasked], positions.chance[unasked])


def test_answers_that_cannot_happen_leave_belief_finite():
    options = ("one", "two")
    system = System(
        name="certain answers",
        groups=(AttributeGroup("g", "{}", options), AttributeGroup("h", "{}", options)),
        classes=("a", "b"),
        rules={
            "a": {"g": {"one": 1.0}, "h": {"one": 1.0}},
            "b": {"g": {"two": 1.0}, "h": {"two": 1.0}},
        },
    )
    positions = enumerate_positions(compile_plan(system), 0)
    impossible = (positions.answer == torch.tensor([0, 1])).all(dim=1)
    assert positions.chance[impossible].tolist() == [0]
    assert positions.state.posterior[impossible].tolist() == [[0.5, 0.5]]


def test_a_system_too_large_is_refused():
    groups = tuple(AttributeGroup(f"g{i}", "{}", ("one", "two", "three")) for i in range(11))
    rules = {"a": {"g0": {"one": 1.0}}, "b": {"g0": {"two": 1.0}}}
    plan = compile_plan(System("large", groups, ("a", "b"), rules))
    with pytest.raises(UsageError) as caught:
        enumerate_positions(plan, 0.2)
    assert str(caught.value) == (
        "system: the system is too large to play through every game\n"
        f"  got: {4**11} positions\n"
        f"  allowed: at most {MOST_POSITIONS}, the product of each group's options plus one\n"
        "  to mend: leave out groups, or options that no class uses"
    )


def test_noise_that_is_no_probability_is_refused():
    with pytest.raises(UsageError, match="planning noise is a probability"):
        enumerate_positions(drawn_plan(1), 1.5)
