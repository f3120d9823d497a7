import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.worlds import make_world
from twentyq.engine import Game, compile_plan
from twentyq.engine.calibration import Calibration, check_fits
from twentyq.study.fitting.confusion import fit_confusion
from twentyq.study.group_answers import read_answers
from twentyq.system import AttributeGroup, System


def two_colours(rules):
    group = AttributeGroup("colour", "{}", ("red", "blue"))
    other = AttributeGroup("size", "{}", ("big", "small"))
    return compile_plan(System("s", (group, other), tuple(rules), rules))


def test_by_hand():
    plan = two_colours({"a": {"colour": {"red": 1.0}}, "b": {"colour": {"blue": 1.0}}})
    answers = torch.tensor([[0.8, 0.2, 0.5, 0.5], [0.6, 0.4, 0.5, 0.5]], dtype=torch.float64)
    found = fit_confusion(plan, answers, torch.tensor([0, 0]))
    prior = 0.35 * np.eye(2) + 0.65 * np.array([0.7, 0.3])
    red = (np.array([1.4, 0.6]) + 3 * prior[0]) / 5
    assert np.allclose(found[:2], [red, prior[1]])


def test_a_class_without_a_rule_teaches_nothing():
    plan = two_colours({"a": {"colour": {"red": 1.0}}, "b": {}})
    answers = torch.tensor([[0.9, 0.1, 0.5, 0.5], [0.1, 0.9, 0.5, 0.5]], dtype=torch.float64)
    found = fit_confusion(plan, answers, torch.tensor([0, 1]))
    prior = 0.35 * np.eye(2) + 0.65 * np.array([0.5, 0.5])
    assert np.allclose(found[1], prior[1])
    assert np.allclose(found[0], (answers[0, :2].numpy() + 3 * prior[0]) / 4)


@given(st.integers(0, 10**6))
def test_rows_are_chances_above_zero(seed):
    world = make_world(seed, labels=True)
    plan = world.plan
    answers = read_answers(Game(plan, 50.0).reading, world.similarities)
    truth = torch.arange(len(answers)) % len(plan.labels)
    confusion = fit_confusion(plan, answers, truth)
    check_fits(plan, Calibration(confusion=confusion))
    assert torch.allclose(confusion.sum(dim=1), torch.ones(plan.n_prompts, dtype=torch.float64))
