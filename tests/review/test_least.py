import numpy as np
import pytest
from hypothesis import given, settings

from tests.review.games import Game, every_strategy, follow, spent, systems
from twentyq.engine.plan import compile_plan
from twentyq.review.least import Least, least_cost
from twentyq.system import AttributeGroup, System, load_system, parse_system

FOUR = """
name: four
groups:
  size: {prompt: "It is {}.", options: [large, small]}
  color: {prompt: "It is {}.", options: [red, blue, pink]}
classes:
  A: {size: large, color: red}
  B: {size: large, color: blue}
  C: {size: small, color: red}
  D: {size: small, color: pink}
"""


def found(system):
    least = least_cost(compile_plan(system))
    return (least.mean_questions, least.mean_prompts, least.worst_questions, least.worst_prompts)


def test_a_system_by_hand():
    # Color first: B and D are told by one question of three prompts, A and C need both.
    assert least_cost(compile_plan(parse_system(FOUR))) == Least(1.5, 4.0, 2, 5)


def test_questions_and_prompts_may_have_different_best_strategies():
    # One question of nine prompts tells all; three questions of two tell each a class.
    names = [f"c{i}" for i in range(4)]
    groups = (
        AttributeGroup("all", "{}", tuple(names) + tuple(f"other {i}" for i in range(5))),
        AttributeGroup("high", "{}", ("yes", "no")),
        AttributeGroup("low", "{}", ("yes", "no")),
    )
    rules = {
        name: {
            "all": {name: 1.0},
            "high": {"yes" if i & 2 else "no": 1.0},
            "low": {"yes" if i & 1 else "no": 1.0},
        }
        for i, name in enumerate(names)
    }
    system = System("s", groups, tuple(names), rules)
    assert least_cost(compile_plan(system)) == Least(1.0, 4.0, 1, 4)


def test_play_ends_where_all_that_is_possible_shares_a_label_or_is_a_tie_set():
    labels = parse_system(FOUR + "labels: {A: x, B: x, C: y, D: y}\n")
    assert least_cost(compile_plan(labels)) == Least(1.0, 2.0, 1, 2)
    ties = parse_system(FOUR.replace("color: pink", "color: red"))
    assert least_cost(compile_plan(ties)) == Least(1.5, 3.5, 2, 5)


def test_nothing_is_asked_where_there_is_nothing_to_find():
    one_label = parse_system(FOUR + "labels: {A: x, B: x, C: x, D: x}\n")
    assert least_cost(compile_plan(one_label)) == Least(0.0, 0.0, 0, 0)


def test_the_prior_weighs_the_games():
    often = parse_system(FOUR + "prior: {B: 7}\n")
    assert least_cost(compile_plan(often)) == Least(pytest.approx(1.2), pytest.approx(3.4), 2, 5)


def test_a_class_with_several_options_is_in_each_branch():
    several = parse_system(FOUR.replace("A: {size: large, color: red}", "A: {color: [red, blue]}"))
    assert found(several) == pytest.approx(
        tuple(np.min([spent(ends) for ends in every_strategy(Game(several))], axis=0))
    )


@settings(max_examples=80)
@given(systems(3))
def test_no_strategy_needs_less_and_some_strategy_needs_no_more(system):
    everything = [spent(ends) for ends in every_strategy(Game(system))]
    assert found(system) == pytest.approx(np.min(everything, axis=0))


@settings(max_examples=40)
@given(systems(6))
def test_no_greedy_strategy_needs_less(system):
    def first(game):
        return game.open_groups[0]

    def halving(game):
        """Take the group whose likeliest answer is least likely."""
        chances = [max(left.end[0] for left in game.after(g)) for g in game.open_groups]
        return game.open_groups[int(np.argmin(chances))]

    least = np.array(found(system))
    for choose in (first, halving):
        assert (least <= np.array(spent(follow(Game(system), choose))) + 1e-9).all()


def test_a_system_with_too_many_positions_is_given_up():
    plan = compile_plan(load_system("pokemon"))
    assert least_cost(plan, most_looks=150) is None
    assert least_cost(plan) == Least(1.25, 14.0, 2, 19)


def test_what_is_too_unlikely_for_a_float_adds_nothing():
    soft = FOUR.replace("A: {size: large, color: red}", "A: {color: {red: 1, blue: 9}}")
    system = parse_system(soft + "prior: {A: 5.0e-324, B: 5.0e-324}\n")
    least = least_cost(compile_plan(system))
    assert least == Least(pytest.approx(1.5), pytest.approx(4.0), 2, 5)
