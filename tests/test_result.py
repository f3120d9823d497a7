import pytest
import torch

from twentyq.engine import Game, Outcome, compile_plan, parse_stop
from twentyq.result import Ranked, read_outcome
from twentyq.system.model import AttributeGroup, System


@pytest.fixture
def plan():
    """Four classes that no rule tells apart, two of them with one label."""
    group = AttributeGroup("g", "{}", ("x", "y"))
    rules = {name: {"g": {"x": 1.0}} for name in "abcd"}
    return compile_plan(System("s", (group,), tuple("abcd"), rules, {"c": "twice", "d": "twice"}))


def outcome(plan, leader, posterior):
    belief = torch.tensor([posterior], dtype=torch.float64)
    return Outcome(
        leader=torch.tensor([leader]),
        scores=belief,
        posterior=belief,
        outcome_posterior=torch.tensor([0.5], dtype=torch.float64),
        prompts_spent=torch.tensor([2]),
        groups_asked=torch.tensor([[0]]),
        stop_reason=Game(plan, 1.0, stop=parse_stop("questions:1")).stop.reasons,
        rounds=(),
    )


def read(plan, leader, posterior, **settings):
    told = {"decide": "posterior", "ranking": None, "reject": None, "traced": False, **settings}
    (result,) = read_outcome(plan, outcome(plan, leader, posterior), ["p"], [0], **told)
    return result


def test_the_leader_heads_the_ranking_even_in_a_near_tie(plan):
    result = read(plan, 0, [0.3, 0.3 + 1e-15, 0.2, 0.2 - 1e-15])
    assert result.label == "a"
    # The label that two classes share has their belief together, and is ranked by it.
    assert [item.label for item in result.ranking] == ["a", "twice", "b"]
    short = read(plan, 0, [0.3, 0.3 + 1e-15, 0.2, 0.2 - 1e-15], ranking=2)
    assert short.ranking == result.ranking[:2]


def test_a_ranking_is_a_sequence_of_what_it_ranks(plan):
    ranking = read(plan, 0, [0.5, 0.125, 0.125, 0.25]).ranking
    best = [("a", 0.5), ("twice", 0.375), ("b", 0.125)]
    assert [*ranking] == [Ranked(label, belief, belief) for label, belief in best]
    assert ranking[-1] == ranking[2] == ranking[1:][1]
    assert len(ranking[:2]) == 2
    with pytest.raises(IndexError):
        ranking[3]


def test_labels_that_no_rule_tells_from_the_leaders_are_named_once(plan):
    assert read(plan, 0, [0.25] * 4).tied_with == ("b", "twice")
    assert read(plan, 3, [0.25] * 4).tied_with == ("a", "b")


def test_reject_withholds_a_label_below_the_posterior_and_not_at_it(plan):
    assert read(plan, 0, [0.25] * 4, reject=0.5).label == "a"
    rejected = read(plan, 0, [0.25] * 4, reject=0.51)
    assert rejected.label is None
    assert rejected.ranking[0].label == "a"
