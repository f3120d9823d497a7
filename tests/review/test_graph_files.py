import io
import warnings

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.system.samples import characters
from twentyq.engine import compile_plan, parse_policy
from twentyq.review.confusable import confusable_classes
from twentyq.review.graph_files import to_dot, to_graphml
from twentyq.review.tree import question_tree
from twentyq.system import load_system

HARD = ["a:b", 'say "x"', '"quoted"', "<b>bold</b>", "ends in \\", "\\n", "node", "-3", "", "δ 😀"]


@pytest.fixture(params=["tree", "confusable"])
def graph(request):
    plan = compile_plan(load_system("pokemon"))
    if request.param == "tree":
        return question_tree(plan, parse_policy("gain"))
    return confusable_classes(plan)


def read_dot(text):
    import pydot

    with warnings.catch_warnings():
        # pydot's reader uses names that its own parser has given up.
        warnings.simplefilter("ignore", DeprecationWarning)
        [read] = pydot.graph_from_dot_data(text)
    return nx.nx_pydot.from_pydot(read)


def unquoted(text):
    """Undo DOT's quotes and escapes."""
    assert text[0] == text[-1] == '"'
    plain, letters = "", iter(text[1:-1])
    for letter in letters:
        plain += {"n": "\n"}.get(after := next(letters), after) if letter == "\\" else letter
    return plain


def as_text(graph):
    nodes = {node: {k: str(v) for k, v in about.items()} for node, about in graph.nodes.items()}
    edges = {edge: {k: str(v) for k, v in about.items()} for edge, about in graph.edges.items()}
    return nodes, edges


def from_dot(text):
    read = read_dot(text)
    plain = nx.DiGraph() if text.startswith("strict digraph") else nx.Graph()
    plain.add_nodes_from(
        (n, {k: unquoted(v) for k, v in about.items()})
        for n, about in read.nodes.items()
        if n.startswith("n") and n[1:].isdigit()
    )
    plain.add_edges_from(
        (u, v, {k: unquoted(value) for k, value in about.items()})
        for u, v, about in read.edges(data=True)
    )
    return plain


def test_dot_is_read_back_as_the_same_graph(graph):
    assert as_text(from_dot(to_dot(graph))) == as_text(graph)


def test_graphml_is_read_back_as_the_same_graph(graph):
    read = nx.read_graphml(io.BytesIO(to_graphml(graph)))
    assert read.is_directed() == graph.is_directed()
    assert dict(read.nodes) == dict(graph.nodes)
    assert dict(read.edges) == dict(graph.edges)


def named(names):
    graph = nx.DiGraph()
    for number, name in enumerate(names):
        graph.add_node(f"n{number}", label=name, bits=number / 3)
    graph.add_edge("n0", "n1", label=names[-1])
    return graph


def test_names_that_mean_something_in_dot_are_only_names():
    graph = named(HARD)
    assert as_text(from_dot(to_dot(graph))) == as_text(graph)


@given(st.lists(st.text(characters, min_size=1, max_size=8), min_size=2, max_size=4))
def test_any_name_is_kept(names):
    graph = named(names)
    assert as_text(from_dot(to_dot(graph))) == as_text(graph)
    assert as_text(nx.read_graphml(io.BytesIO(to_graphml(graph)))) == as_text(graph)


def test_the_graph_is_left_as_it_was(graph):
    before = as_text(graph)
    to_dot(graph)
    assert as_text(graph) == before
    assert graph.graph == {}
