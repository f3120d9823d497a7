import math

import pytest
import torch
from hypothesis import given, settings

from tests.review.games import systems
from twentyq.engine.plan import compile_plan
from twentyq.review.bounds import entropy_bound, find_bounds, label_bits
from twentyq.review.information import group_bits
from twentyq.system import load_system, parse_system

GRID = """
name: grid
groups:
  size: {prompt: "It is {}.", options: [large, small]}
  color: {prompt: "It is {}.", options: [red, blue, pink]}
classes:
  A: {size: large, color: red}
  B: {size: large, color: blue}
  C: {size: small, color: red}
  D: {size: small, color: blue}
"""
RARE = """
name: rare
groups:
  wings: {prompt: "It has {}.", options: [wings, none]}
  color: {prompt: "It is {}.", options: [red, blue]}
classes:
  often: {wings: none, color: red}
  robin: {wings: wings, color: red}
  jay: {wings: wings, color: blue}
prior: {often: 18}
"""


def bits_of(text):
    return label_bits(compile_plan(parse_system(text)))


def test_two_questions_of_one_bit_find_one_of_four():
    bounds = find_bounds(compile_plan(parse_system(GRID)))
    assert (bounds.bits, bounds.questions, bounds.prompts) == pytest.approx((2.0, 2.0, 5.0))
    assert bounds.least.mean_questions == 2.0


def test_a_question_that_is_asked_where_it_pays_counts_by_its_chance():
    # Wings tell 0.47 bits and color 0.29, but color is asked of one picture in ten alone: adding
    # up the groups' bits would demand 1.35 questions of a strategy that needs 1.1.
    plan = compile_plan(parse_system(RARE))
    wings, color = group_bits(plan).tolist()
    bits = label_bits(plan)
    assert 1 + (bits - wings) / color == pytest.approx(1.349, abs=1e-3)
    bounds = find_bounds(plan)
    assert bounds.questions == pytest.approx(1.1)
    assert bounds.least.mean_questions == pytest.approx(1.1)


def test_the_label_s_bits_are_those_that_can_be_told():
    assert bits_of(GRID) == pytest.approx(2.0)
    assert bits_of(GRID.replace("D: {size: small,", "D: {size: large,")) == pytest.approx(1.5)
    assert bits_of(GRID + "labels: {A: x, D: x}\n") == pytest.approx(1.5)
    assert bits_of(GRID + "prior: {A: 5}\n") == pytest.approx(
        -(5 / 8 * math.log2(5 / 8) + 3 / 8 * math.log2(1 / 8))
    )
    # C may be told from A, but not for certain; B and D lie apart.
    assert bits_of(GRID.replace("C: {size: small,", "C: {size: [large, small],")) == (
        pytest.approx(1.5)
    )


def test_nothing_to_find_costs_nothing():
    bounds = find_bounds(compile_plan(parse_system(GRID + "labels: {A: x, B: x, C: x, D: x}\n")))
    assert (bounds.bits, bounds.questions, bounds.prompts) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("name", ["pokemon", "pokemon-177"])
def test_bounds_of_shipped_systems(name):
    bounds = find_bounds(compile_plan(load_system(name)))
    assert 1 <= bounds.questions < bounds.least.mean_questions < bounds.least.worst_questions
    assert 8 < bounds.prompts < bounds.least.mean_prompts < bounds.least.worst_prompts


@settings(max_examples=150)
@given(systems(6))
def test_no_strategy_is_below_the_entropy_bound(system):
    bounds = find_bounds(compile_plan(system))
    assert 0 <= bounds.questions <= bounds.least.mean_questions + 1e-9
    assert 0 <= bounds.prompts <= bounds.least.mean_prompts + 1e-9


@settings(max_examples=50)
@given(systems(6))
def test_more_bits_cost_more(system):
    plan = compile_plan(system)
    told = float(group_bits(plan).sum())
    few, many = (entropy_bound(plan, share * told, plan.sizes) for share in (0.5, 0.9))
    assert few <= many <= float(plan.sizes.sum())
    assert entropy_bound(plan, 0.0, torch.ones_like(plan.sizes)) == 0.0
