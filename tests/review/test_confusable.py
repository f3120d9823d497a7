import itertools

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.worlds import make_world
from twentyq.engine import compile_plan
from twentyq.review.confusable import NEAR, confusable_classes, count_confusable
from twentyq.system import AttributeGroup, System, load_system

seeds = st.integers(0, 2**32 - 1)


def distances(system, one, other):
    """Total variation distance of two classes' rules in each group, written out."""
    return {
        group.name: sum(
            abs(system.rule(one, group).get(o, 0.0) - system.rule(other, group).get(o, 0.0))
            for o in group.options
        )
        / 2
        for group in system.groups
    }


@given(seeds, st.booleans())
def test_edges_are_the_nearest_and_the_near_at_their_distances(seed, labels):
    system = make_world(seed, n_images=1, labels=labels).system
    plan = compile_plan(system)
    graph = confusable_classes(plan)
    sets = {node: names.split("\n") for node, names in graph.nodes(data="classes")}
    assert list(itertools.chain(*sets.values())) != []
    assert sorted(itertools.chain(*sets.values())) == sorted(system.classes)
    assert {tuple(names) for names in sets.values() if len(names) > 1} == set(system.tie_sets)
    label = {node: {system.label_of(name) for name in names} for node, names in sets.items()}
    apart = {}
    for one, other in itertools.permutations(sets, 2):
        if len(label[one]) > 1 or label[one] != label[other]:
            by_group = distances(system, sets[one][0], sets[other][0])
            apart.setdefault(one, {})[other] = sum(by_group.values())
            if graph.has_edge(one, other):
                edge = graph.edges[one, other]
                assert edge["distance"] == pytest.approx(sum(by_group.values()), abs=1e-5)
                differing = [name for name, value in by_group.items() if value > 1e-9]
                assert edge["groups"].split("\n") == differing
    all_apart = int(plan.informative.sum()) - 1e-9
    expected = set()
    for one, others in apart.items():
        least = min(others.values())
        nearest = next(node for node, d in others.items() if d <= least + 1e-12)
        near = [node for node, d in others.items() if d <= NEAR + 1e-9]
        expected |= {frozenset((one, o)) for o in (nearest, *near) if others[o] < all_apart}
    assert {frozenset(edge) for edge in graph.edges} == expected


def test_pokemon():
    graph = confusable_classes(compile_plan(load_system("pokemon")))
    assert count_confusable(graph) == (1, 1)
    names = nx.get_node_attributes(graph, "label")
    alike = [about["classes"] for about in graph.nodes.values() if about["kind"] == "alike"]
    assert alike == ["Bulbasaur\nCelebi&Venu\nVenusaur"]
    edges = {frozenset((names[u], names[v])): about for u, v, about in graph.edges(data=True)}
    assert edges[frozenset(("Absol", "Absol G"))] == {
        "distance": 1.0,
        "groups": "background_scene",
        "label": "background_scene",
    }
    assert edges[frozenset(("Alakazam", "Ampharos"))]["label"] == "3"
    # What every question tells apart from all others stands alone.
    assert {names[node] for node in nx.isolates(graph)} == {
        "Arcanine",
        "Blaine's Moltres",
        "Dratini",
    }


def test_classes_of_one_label_are_not_confused():
    group = AttributeGroup("g", "{}", ("a", "b", "c"))
    other = AttributeGroup("h", "{}", ("a", "b"))
    rules = {
        "one": {"g": {"a": 1.0}, "h": {"a": 1.0}},
        "same": {"g": {"b": 1.0}, "h": {"a": 1.0}},
        "third": {"g": {"c": 1.0}, "h": {"a": 0.5, "b": 0.5}},
    }
    system = System("s", (group, other), tuple(rules), rules, labels={"same": "one"})
    graph = confusable_classes(compile_plan(system))
    assert [(u, v, d["label"]) for u, v, d in graph.edges(data=True)] == [
        ("n0", "n2", "g, h"),
        ("n1", "n2", "g, h"),
    ]
    assert graph.edges["n0", "n2"]["distance"] == 1.5


def test_a_set_of_one_label_is_no_set_that_cannot_be_told_apart():
    group = AttributeGroup("g", "{}", ("a", "b"))
    rules = {name: {"g": {"a": 1.0}} for name in ("one", "same")}
    system = System("s", (group,), tuple(rules), rules, labels={"same": "one"})
    [only] = confusable_classes(compile_plan(system)).nodes.values()
    assert only == {"kind": "class", "label": "one, same", "classes": "one\nsame"}
