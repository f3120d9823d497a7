import numpy as np
import pytest
import torch

from tests.engine.worlds import rng_system, tie_sets
from twentyq.engine.plan import MAX_GROUPS, compile_plan, names_system
from twentyq.errors import UsageError
from twentyq.system.model import AttributeGroup, System


@pytest.fixture
def small():
    return System(
        name="small",
        groups=(
            AttributeGroup("colour", "It is {}.", ("red", "green", "blue")),
            AttributeGroup("size", "It is {}.", ("big", "small")),
        ),
        classes=("a", "b", "c", "d"),
        rules={
            "a": {"colour": {"red": 1.0}, "size": {"big": 1.0}},
            "b": {"colour": {"red": 0.25, "blue": 0.75}},
            "c": {"colour": {"red": 1.0}, "size": {"big": 1.0}},
            "d": {"size": {"small": 1.0}},
        },
        labels={"c": "a"},
        prior={"a": 3.0},
    )


def test_rules_become_distributions_and_unknown_is_uniform(small):
    plan = compile_plan(small)
    expected = [
        [1, 0, 0, 1, 0],
        [0.25, 0, 0.75, 0.5, 0.5],
        [1, 0, 0, 1, 0],
        [1 / 3, 1 / 3, 1 / 3, 0, 1],
    ]
    assert torch.equal(plan.rules, torch.tensor(expected, dtype=torch.float64))
    assert plan.sizes.tolist() == [3, 2]
    assert plan.option_group.tolist() == [0, 0, 0, 1, 1]
    assert plan.prompts[1] == ("It is big.", "It is small.")


def test_equal_rules_share_a_row_and_a_tie_set(small):
    plan = compile_plan(small)
    for c in range(4):
        for g in range(2):
            row = plan.rule_of[c, g] - plan.first_rule[g]
            assert torch.equal(plan.rules_of(g)[row], plan.rules[c, plan.options_of(g)])
    assert plan.rule_of[0, 0] == plan.rule_of[2, 0]
    assert [len(plan.rules_of(g)) for g in range(2)] == [3, 3]
    assert tie_sets(plan) == (("a", "c"),)
    assert plan.labels == ("a", "b", "d")
    assert plan.label_of.tolist() == [0, 1, 0, 2]
    assert torch.allclose(plan.log_prior.exp(), torch.tensor([3, 1, 1, 1], dtype=torch.float64) / 6)


def test_weights_that_differ_in_the_last_bit_are_one_rule():
    group = AttributeGroup("g", "{}", ("x", "y", "z"))
    thirds = {"x": 0.1 / 0.3, "y": 0.1 / 0.3, "z": 1 - 2 * (0.1 / 0.3)}
    same = {"x": 1 / 3, "y": 1 / 3, "z": 1 / 3}
    assert thirds != same
    system = System("s", (group,), ("a", "b"), {"a": {"g": thirds}, "b": {"g": same}})
    plan = compile_plan(system)
    assert tie_sets(plan) == system.tie_sets == (("a", "b"),)
    assert not plan.informative.any()


def test_skip_unused_leaves_out_options_that_no_rule_names(small):
    plan = compile_plan(small, skip_unused=True)
    assert plan.options == (("red", "blue"), ("big", "small"))
    assert plan.rules[3, :2].tolist() == [0.5, 0.5]
    assert plan.n_prompts == 4
    only = compile_plan(small, classes=["d", "b"], skip_unused=True)
    assert only.options == (("red", "blue"), ("small",))


def test_a_group_without_any_rule_keeps_its_options_and_tells_nothing():
    groups = (AttributeGroup("g", "{}", ("x", "y")), AttributeGroup("h", "{}", ("u", "v")))
    rules = {"a": {"g": {"x": 1.0}}, "b": {"g": {"y": 1.0}}}
    plan = compile_plan(System("s", groups, ("a", "b"), rules), skip_unused=True)
    assert plan.options[1] == ("u", "v")
    assert plan.informative.tolist() == [True, False]


def test_chosen_classes_keep_the_order_of_the_file(small):
    assert compile_plan(small, classes=["d", "a"]).classes == ("a", "d")


def test_an_unknown_class_is_named_with_the_nearest(small):
    with pytest.raises(UsageError) as caught:
        compile_plan(small, classes=["a", "B "])
    assert "the system 'small' has no such class" in str(caught.value)
    assert "did you mean 'b'?" in str(caught.value)


def test_fewer_than_two_classes_are_refused(small):
    with pytest.raises(UsageError, match="nothing to ask about fewer than two classes"):
        compile_plan(small, classes=["a", "a"])


def test_every_rule_block_sums_to_one():
    for seed in range(50):
        plan = compile_plan(rng_system(np.random.default_rng(seed)))
        for g in range(len(plan.groups)):
            block = plan.rules[:, plan.options_of(g)]
            assert torch.allclose(block.sum(1), torch.ones(len(block), dtype=torch.float64))


def test_the_baseline_of_names_is_a_system_of_one_group(small):
    names = names_system(small)
    plan = compile_plan(names)
    assert plan.prompts == (("a", "b", "c", "d"),)
    assert torch.equal(plan.rules, torch.eye(4, dtype=torch.float64))
    assert plan.labels == ("a", "b", "d")


def test_more_groups_than_add_up_exactly_are_refused():
    groups = tuple(AttributeGroup(f"g{g}", "{}", ("x", "y")) for g in range(MAX_GROUPS + 1))
    rules = {"a": {"g0": {"x": 1.0}}, "b": {"g0": {"y": 1.0}}}
    with pytest.raises(UsageError, match="too many groups for exact sums"):
        compile_plan(System("s", groups, ("a", "b"), rules))
