import math

import numpy as np
import pytest
from hypothesis import given, settings

from tests.review.games import systems
from twentyq.engine.plan import compile_plan
from twentyq.review.information import group_bits, group_figures, shared_bits
from twentyq.system import parse_system

SYSTEM = """
name: toys
groups:
  color: {prompt: "It is {}.", options: [red, blue]}
  tint: {prompt: "Its tint is {}.", options: [warm, cold, none]}
  shape: {prompt: "It looks {}.", options: [round, flat]}
classes:
  A: {color: red, tint: warm, shape: round}
  B: {color: red, tint: warm}
  C: {color: blue, tint: cold, shape: round}
  D: {color: blue, tint: cold, shape: flat}
"""


def entropy(chances):
    chances = np.asarray(chances)
    return float(-(chances[chances > 0] * np.log2(chances[chances > 0])).sum())


def joint(system, *groups):
    """Return the chances of a class and its answers to groups, one axis each, cell by cell."""
    total = sum(system.prior.get(name, 1.0) for name in system.classes)
    cells = np.zeros((len(system.classes), *(len(group.options) for group in groups)))
    for at in np.ndindex(cells.shape):
        name = system.classes[at[0]]
        cells[at] = system.prior.get(name, 1.0) / total
        for group, option in zip(groups, at[1:], strict=True):
            cells[at] *= system.rule(name, group).get(group.options[option], 0.0)
    return cells


def test_figures_by_hand():
    system = parse_system(SYSTEM)
    color, tint, shape = group_figures(system, compile_plan(system))
    assert (color.group, color.prompts, color.unknown) == ("color", 2, 0.0)
    assert (color.bits, color.told, color.told_by) == pytest.approx((1.0, 1.0, "tint"))
    assert (tint.bits, tint.bits_per_prompt, tint.told_by) == pytest.approx((1.0, 1 / 3, "color"))
    # Round has the chance 5/8; of B's answer the rule leaves one bit open.
    assert shape.bits == pytest.approx(entropy([5 / 8, 3 / 8]) - 1 / 4)
    # Red is round in 3 of 4, blue in 2 of 4.
    assert shape.told == pytest.approx(
        entropy([5 / 8, 3 / 8]) - entropy([3 / 4, 1 / 4]) / 2 - 1 / 2
    )
    assert shape.unknown == 0.25


def test_a_group_of_which_no_other_tells_names_none():
    system = parse_system(
        "name: s\n"
        "groups: {g: {prompt: '{}', options: [a, b]}, h: {prompt: '{}', options: [a, b]}}\n"
        "classes: {A: {g: a, h: a}, B: {g: a, h: b}, C: {g: b, h: a}, D: {g: b, h: b}}\n"
    )
    figures = group_figures(system, compile_plan(system))
    assert [(one.bits, one.told, one.told_by) for one in figures] == [(1.0, 0.0, None)] * 2


@settings(max_examples=60)
@given(systems(4))
def test_mutual_information_cell_by_cell(system):
    plan = compile_plan(system)
    bits, shared = group_bits(plan), shared_bits(plan)
    for g, one in enumerate(system.groups):
        cells = joint(system, one)
        of_class, of_answer = entropy(cells.sum(axis=1)), entropy(cells.sum(axis=0))
        assert float(bits[g]) == pytest.approx(of_class + of_answer - entropy(cells), abs=1e-9)
        for h, other in enumerate(system.groups):
            answers = joint(system, one, other).sum(axis=0)
            told = entropy(answers.sum(axis=1)) + entropy(answers.sum(axis=0)) - entropy(answers)
            assert float(shared[g, h]) == pytest.approx(told if g != h else 0.0, abs=1e-9)


@settings(max_examples=60)
@given(systems(5))
def test_bits_lie_between_nothing_and_all_that_options_allow(system):
    for figures in group_figures(system, compile_plan(system)):
        assert 0 <= figures.told <= figures.bits + 1e-9
        assert figures.bits <= math.log2(figures.prompts) + 1e-9
        assert (figures.told_by is None) == (figures.told < 1e-9)
