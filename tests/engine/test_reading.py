import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.calibrated import make_calibration, make_confusion
from tests.engine.worlds import make_world
from twentyq.engine import BeliefSettings, Calibration
from twentyq.engine.calibration import ReportedProbability
from twentyq.engine.reading import build_reading

seeds = st.integers(0, 2**32 - 1)


def answers_of(plan, group, n_images=5):
    drawn = np.random.default_rng(group).dirichlet(np.ones(len(plan.options[group])), n_images)
    return torch.from_numpy(drawn)


def test_bias_is_taken_off_the_logarithm_of_the_answer_which_is_normalised_again():
    world = make_world(2)
    calibration = make_calibration(world, ("bias",))
    plain = build_reading(world.plan, 7.0)
    reading = build_reading(world.plan, 7.0, calibration=calibration)
    for group in range(len(world.plan.groups)):
        columns = world.plan.options_of(group)
        cosines = world.similarities[:, columns] / 40
        shares = torch.exp(torch.log(plain.answer(group, cosines)) - calibration.bias[columns])
        expected = shares / shares.sum(dim=1, keepdim=True)
        assert torch.allclose(reading.answer(group, cosines), expected, atol=1e-12)


def test_the_scale_of_a_calibration_comes_before_the_encoders():
    world = make_world(2)
    reading = build_reading(world.plan, 100.0, calibration=Calibration(scale=3.0))
    expected = build_reading(world.plan, 3.0).answer(0, world.ask(0, torch.arange(6)))
    assert torch.equal(reading.answer(0, world.ask(0, torch.arange(6))), expected)


@given(seeds)
def test_confusion_evidence_is_the_formula_written_out(seed):
    plan = make_world(seed).plan
    confusion = make_confusion(plan, np.random.default_rng(seed))
    weights = torch.from_numpy(np.random.default_rng(seed).uniform(0, 2, len(plan.groups)))
    calibration = Calibration(confusion=confusion, weights=weights)
    reading = build_reading(plan, 1.0, calibration=calibration)
    for group, size in enumerate(plan.sizes.tolist()):
        answers, first = answers_of(plan, group), plan.first_option[group]
        got = reading.evidence(group, answers)[:, plan.spread(group)]
        for i, answer in enumerate(answers.tolist()):
            for c in range(len(plan.classes)):
                expected = sum(
                    float(plan.rules[c, first + j])
                    * answer[k]
                    * math.log(float(confusion[first + j, k]))
                    for j in range(size)
                    for k in range(size)
                )
                assert float(got[i, c]) == pytest.approx(float(weights[group]) * expected, abs=1e-9)


def test_weights_multiply_the_evidence_of_their_group():
    plan = make_world(4).plan
    weights = torch.linspace(0.5, 2, len(plan.groups), dtype=torch.float64)
    plain = build_reading(plan, 1.0)
    weighted = build_reading(plan, 1.0, calibration=Calibration(weights=weights))
    for group, weight in enumerate(weights):
        answers = answers_of(plan, group)
        expected = plain.evidence(group, answers) * weight
        assert torch.allclose(weighted.evidence(group, answers), expected, atol=1e-10)


def test_the_reported_probability_has_a_weight_and_a_redundancy_of_its_own():
    plan = make_world(4, prior=True).plan
    evidence = torch.randn(3, len(plan.classes), dtype=torch.float64)
    asked = torch.tensor([0, 1, 4])
    fitted = Calibration(probability=ReportedProbability(weight=0.7, redundancy=0.3))
    reading = build_reading(plan, 1.0, BeliefSettings(redundancy=0.1), fitted)
    discount = torch.tensor([0.7, 0.7, 0.7 / (1 + 0.3 * 3)], dtype=torch.float64)
    expected = torch.softmax(plan.log_prior + discount[:, None] * evidence, dim=1)
    assert torch.allclose(reading.reported(evidence, asked), expected, atol=1e-15)
    plain = build_reading(plan, 1.0)
    assert plain.reported(evidence, asked) is None
    assert torch.equal(plain.posterior(evidence, asked), reading.posterior(evidence, asked))
