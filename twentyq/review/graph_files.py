"""Graphs as text for other programs: DOT for Graphviz, GraphML for yEd, Gephi and the like."""

from __future__ import annotations

import io

import networkx as nx

_DOT_DEFAULTS = {"graph": {"rankdir": "LR"}, "node": {"shape": "box"}}


def to_graphml(graph: nx.Graph) -> bytes:
    """Return the GraphML of a graph whose attributes are texts and numbers."""
    stream = io.BytesIO()
    nx.write_graphml_xml(graph, stream)
    return stream.getvalue()


def to_dot(graph: nx.Graph) -> str:
    """Return the DOT of a graph whose attributes are texts and numbers; needs pydot."""
    quoted = graph.copy()
    quoted.graph |= _DOT_DEFAULTS
    for about in [*dict(quoted.nodes).values(), *(data for *_, data in quoted.edges(data=True))]:
        about.update({key: _quoted(value) for key, value in about.items()})
    return str(nx.nx_pydot.to_pydot(quoted))


def _quoted(value: object) -> str:
    # pydot quotes no text that already looks quoted, or like HTML, or ends in a backslash.
    text = str(value).replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return f'"{text}"'
