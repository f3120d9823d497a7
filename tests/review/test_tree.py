import math

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.worlds import make_world
from twentyq.engine import compile_plan, parse_policy
from twentyq.errors import UsageError
from twentyq.review.tree import leaves, measure_depth, question_tree
from twentyq.system import AttributeGroup, System, load_system

seeds = st.integers(0, 2**32 - 1)
traits = st.fixed_dictionaries({"labels": st.booleans(), "prior": st.booleans()})


def entropy(distribution):
    return -sum(p * math.log2(p) for p in distribution if p > 0)


def gain(system, group, belief, noise):
    """Mutual information of class and answer, written out over dictionaries."""

    def answer(name, option):
        rule = system.rule(name, group).get(option, 0.0)
        return (1 - noise) * rule + noise / len(group.options)

    mean = [sum(p * answer(c, o) for c, p in belief.items()) for o in group.options]
    each = (p * entropy(answer(c, o) for o in group.options) for c, p in belief.items())
    return entropy(mean) - sum(each)


def differ(system, group, names):
    rules = [system.rule(name, group) for name in names]
    return any(
        abs(rule.get(option, 0.0) - rules[0].get(option, 0.0)) > 1e-9
        for rule in rules
        for option in group.options
    )


def greedy(system, belief, groups, value):
    """The tree by plain recursion: a set of classes, or a group, its bits and its branches."""
    open_groups = [group for group in groups if differ(system, group, belief)]
    if len({system.label_of(name) for name in belief}) == 1 or not open_groups:
        return frozenset(belief)
    values = [value(group, belief) for group in open_groups]
    group = next(g for g, v in zip(open_groups, values, strict=True) if v >= max(values) - 1e-12)
    branches = []
    for option in group.options:
        joint = {c: p * system.rule(c, group).get(option, 0.0) for c, p in belief.items()}
        chance = sum(joint.values())
        if chance > 0:
            after = {c: p / chance for c, p in joint.items() if p > 0}
            for branch in branches:
                if after == pytest.approx(branch[2], abs=1e-9):
                    branch[0].append(option)
                    branch[1] += chance
                    break
            else:
                branches.append([[option], chance, after])
    rest = [other for other in groups if other is not group]
    return (
        group.name,
        pytest.approx(gain(system, group, belief, 0.0), abs=1e-9),
        [
            (options, pytest.approx(chance), greedy(system, after, rest, value))
            for options, chance, after in branches
        ],
    )


def nested(tree, node="n0"):
    about = tree.nodes[node]
    if about["kind"] != "question":
        return frozenset(about["classes"].split("\n"))
    branches = [
        (
            edge["options"].split("\n"),
            tree.nodes[child]["chance"] / about["chance"],
            nested(tree, child),
        )
        for child, edge in tree[node].items()
    ]
    return about["asks"], about["bits"], branches


def start(system):
    weights = {name: system.prior.get(name, 1.0) for name in system.classes}
    return {name: weight / sum(weights.values()) for name, weight in weights.items()}


@given(seeds, traits)
def test_the_tree_is_that_of_greedy_choice(seed, drawn):
    system = make_world(seed, n_images=1, **drawn).system
    tree = question_tree(compile_plan(system), parse_policy("gain"))
    expected = greedy(
        system, start(system), system.groups, lambda group, p: gain(system, group, p, 0.5)
    )
    assert nested(tree) == expected


@given(seeds, traits)
def test_a_policy_per_prompt_has_its_own_tree(seed, drawn):
    system = make_world(seed, n_images=1, **drawn).system
    tree = question_tree(compile_plan(system), parse_policy("gain-per-prompt"))
    assert nested(tree) == greedy(
        system,
        start(system),
        system.groups,
        lambda group, p: gain(system, group, p, 0.5) / len(group.options),
    )


@given(seeds, traits, st.sampled_from(["gain", "gini", "gini-per-prompt", "static"]))
def test_every_class_comes_to_a_leaf_and_chances_sum_to_one(seed, drawn, policy):
    plan = make_world(seed, n_images=1, **drawn).plan
    tree = question_tree(plan, parse_policy(policy))
    assert nx.is_arborescence(tree)
    ends = [tree.nodes[leaf] for leaf in leaves(tree)]
    assert {name for end in ends for name in end["classes"].split("\n")} == set(plan.classes)
    assert sum(end["chance"] for end in ends) == pytest.approx(1)
    for end in ends:
        labels = end["labels"].split("\n")
        assert end["kind"] == ("class" if len(labels) == 1 else "alike")
        assert end["label"] == ", ".join(labels)
    for node, about in tree.nodes.items():
        if tree.out_degree(node):
            below = [tree.nodes[child] for child in tree.successors(node)]
            cost = int(plan.sizes[plan.groups.index(about["asks"])])
            assert len(below) > 1
            assert {child["questions"] for child in below} == {about["questions"] + 1}
            assert {child["prompts"] for child in below} == {about["prompts"] + cost}


def test_the_tree_of_pokemon():
    system = load_system("pokemon")
    tree = question_tree(compile_plan(system), parse_policy("gain"))
    assert tree.nodes["n0"]["asks"] == "primary_form"
    ends = [tree.nodes[leaf] for leaf in leaves(tree)]
    sets = [frozenset(end["classes"].split("\n")) for end in ends]
    tied = {frozenset(tie) for tie in system.tie_sets}
    alone = {frozenset([c]) for c in system.classes if not any(c in tie for tie in tied)}
    assert len(sets) == len(set(sets))
    assert set(sets) == tied | alone
    assert {s for s, end in zip(sets, ends, strict=True) if end["kind"] == "alike"} == tied
    # Two pairs, of wolves and of caterpillars, are asked a second question.
    depth = measure_depth(tree)
    assert depth.mean_questions == pytest.approx((12 * 1 + 4 * 2) / 16)
    assert depth.mean_prompts == pytest.approx(12 + (2 * 8 + 2 * 12) / 16)
    assert (depth.most_questions, depth.most_prompts) == (2, 24)


def toy(rules, sizes=(2, 2), **more):
    groups = tuple(
        AttributeGroup(f"g{g}", "{}", tuple(f"{g}{k}" for k in range(size)))
        for g, size in enumerate(sizes)
    )
    given = {
        name: {f"g{g}": rule for g, rule in enumerate(row) if rule} for name, row in rules.items()
    }
    return System("toy", groups, tuple(rules), given, **more)


def test_options_that_leave_the_same_belief_share_a_branch():
    system = toy({"A": [{"00": 1.0}], "B": [{"01": 0.5, "02": 0.5}]}, sizes=(4,))
    tree = question_tree(compile_plan(system), parse_policy("gain"))
    assert [edge["label"] for edge in tree["n0"].values()] == ["00", "01 / 02"]
    assert len(tree) == 3


def test_a_class_is_on_every_branch_that_its_rule_allows():
    system = toy({"A": [{"00": 0.75, "01": 0.25}, {"10": 1.0}], "B": [{"01": 1.0}, {"11": 1.0}]})
    tree = question_tree(compile_plan(system), parse_policy("static:g0,g1"))
    ends = [(tree.nodes[leaf]["classes"], tree.nodes[leaf]["chance"]) for leaf in leaves(tree)]
    assert ends == [("A", 0.375), ("A", 0.125), ("B", 0.5)]


def test_an_order_that_ends_leaves_classes_together():
    system = toy({"A": [{"00": 1.0}, {"10": 1.0}], "B": [{"00": 1.0}, {"11": 1.0}]})
    plan = compile_plan(system)
    [only] = question_tree(plan, parse_policy("static:g0")).nodes.values()
    assert only["kind"] == "alike"
    assert only["classes"] == "A\nB"


def test_nothing_is_asked_about_classes_of_one_label():
    system = toy({"A": [{"00": 1.0}], "B": [{"01": 1.0}]}, labels={"A": "one", "B": "one"})
    [only] = question_tree(compile_plan(system), parse_policy("gain")).nodes.values()
    assert only == {
        "kind": "class",
        "label": "one",
        "classes": "A\nB",
        "labels": "one",
        "chance": 1.0,
        "questions": 0,
        "prompts": 0,
    }


def test_a_random_order_has_no_tree():
    with pytest.raises(UsageError) as refused:
        question_tree(compile_plan(load_system("pokemon")), parse_policy("random:7"))
    assert str(refused.value) == (
        "policy: a random order has no tree: it differs from picture to picture\n"
        "  got: random:7\n"
        "  to mend: draw gain, gini, static or one of their forms"
    )


def test_a_tree_too_large_to_look_at_is_refused():
    weights = {f"{k}": k + 1.0 for k in range(5)}
    groups = tuple(AttributeGroup(f"g{g}", "{}", tuple(weights)) for g in range(6))
    rising = {option: weight / 15 for option, weight in weights.items()}
    falling = dict(zip(weights, reversed(rising.values()), strict=True))
    rules = {
        "A": {group.name: rising for group in groups},
        "B": {group.name: falling for group in groups},
    }
    with pytest.raises(UsageError) as refused:
        question_tree(compile_plan(System("big", groups, ("A", "B"), rules)), parse_policy("gain"))
    assert str(refused.value) == (
        "system: the question tree is too large to be looked at\n"
        "  got: more than 3,000 nodes\n"
        "  allowed: at most 3,000\n"
        "  to mend: draw some of the classes (--classes FILE), or give classes fewer options"
    )
