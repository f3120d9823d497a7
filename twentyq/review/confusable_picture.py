"""The graph of confusable classes as a picture: its clusters, side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx

from twentyq.review.captions import brief, wrapped
from twentyq.review.confusable import NEAR, count_confusable
from twentyq.review.painting import (
    GREY,
    LINE,
    MARGIN,
    MUTED,
    PADDING,
    PALE_RED,
    RED,
    SIZE,
    Picture,
    Stroke,
    Words,
    heading,
    text_width,
)
from twentyq.review.placing import place_boxes

ROW = 13.0  # points from line to line
BETWEEN = 8.0  # between words, at least
APART = 30.0  # between clusters
LONGEST_LINE = 36  # characters
MOST_LINES = 2  # for each class of a cluster
SMALL = SIZE - 1


@dataclass(frozen=True, slots=True, eq=False)
class _Cluster:
    """A connected part laid out on its own, from its upper left corner on.

    `place` holds the middle of each class and, by its two ends, that of each line's words.
    """

    graph: nx.Graph
    place: dict[Any, tuple[float, float]]
    width: float
    height: float


def picture_confusable(graph: nx.Graph, name: str) -> Picture:
    """Return the picture of a graph of confusable classes, headed by its system's name.

    The words on the lines take part in the layout as those of the classes do, so that nothing
    lies on anything else.
    """
    parts = [_part(graph, nodes) for nodes in nx.connected_components(graph)]
    drawn = [_thinned(part) for part in parts]
    clusters = list(map(_lay_out, drawn))
    left_out = sum(len(part.edges) for part in parts) - sum(len(part.edges) for part in drawn)
    head = _heading(graph, name, left_out)
    right = max(one.x + text_width(one.text, one.size, one.bold) for one in head)
    corners = _shelves(clusters, head[-1].y + 2 * ROW, right - MARGIN)
    words, strokes = [*head], []
    for cluster, (left, top) in zip(clusters, corners, strict=True):
        at = {node: (left + x, top + y) for node, (x, y) in cluster.place.items()}
        for node, about in cluster.graph.nodes.items():
            fill, edge = (PALE_RED, RED) if about["kind"] == "alike" else ("white", GREY)
            words.append(Words(*at[node], _names(about), centred=True, fill=fill, edge=edge))
        for *ends, about in cluster.graph.edges(data=True):
            distance, middle = about["distance"], at[frozenset(ends)]
            line, colour = (RED, RED) if distance <= NEAR else (LINE, MUTED)
            through = (at[ends[0]], middle, at[ends[1]])
            strokes.append(Stroke(through, line, width=max(0.7, 2.4 / (1 + distance))))
            text = brief(about["label"])
            words.append(Words(*middle, text, colour, SMALL, centred=True, fill="white"))
    lowest = head[-1].y
    for cluster, (left, top) in zip(clusters, corners, strict=True):
        right, lowest = max(right, left + cluster.width), max(lowest, top + cluster.height)
    return Picture(right + MARGIN, lowest + MARGIN, words, strokes)


def _part(graph: nx.Graph, nodes: set[str]) -> nx.Graph:
    """Return a part of a graph in the graph's order; `subgraph` has that of the set."""
    part = nx.Graph()
    part.add_nodes_from((node, about) for node, about in graph.nodes.items() if node in nodes)
    part.add_edges_from(edge for edge in graph.edges(data=True) if edge[0] in nodes)
    return part


def _thinned(cluster: nx.Graph) -> nx.Graph:
    """Return a cluster with as few lines as hold it together, the shortest, if it has too many."""
    if len(cluster.edges) <= MOST_LINES * len(cluster):
        return cluster
    return nx.minimum_spanning_tree(cluster, weight="distance")


def _heading(graph: nx.Graph, name: str, left_out: int) -> list[Words]:
    alike, near = count_confusable(graph)
    return heading(
        f"{brief(name)}: which classes are easily confused",
        f"Sets that no question tells apart: {alike}. Pairs that at most one question tells apart: "
        f"{near}.",
        "Red box: no question tells these apart. Red line: at most one question does. Grey line: "
        "the nearest other class.",
        "On a line: the groups in which the two differ, or how many questions tell them apart."
        + (f" Left out where there are too many: {left_out} lines." if left_out else ""),
    )


def _lay_out(graph: nx.Graph) -> _Cluster:
    detailed = nx.Graph()
    sizes = {}
    for node, about in graph.nodes.items():
        detailed.add_node(node)
        names = _names(about)
        sizes[node] = (text_width(names) + 2 * PADDING, ROW * (1 + names.count("\n")))
    for *ends, about in graph.edges(data=True):
        middle = frozenset(ends)
        nx.add_path(detailed, (ends[0], middle, ends[1]))
        sizes[middle] = (text_width(brief(about["label"]), SMALL), ROW - PADDING)
    spaced = {node: (w + BETWEEN, h + BETWEEN) for node, (w, h) in sizes.items()}
    place, (width, height) = place_boxes(detailed, spaced)
    return _Cluster(graph, place, width, height)


def _shelves(clusters: Sequence[_Cluster], top: float, least: float) -> list[tuple[float, float]]:
    """Return the upper left corners of clusters on shelves `least` wide, the tallest first."""
    area = sum((one.width + APART) * (one.height + APART) for one in clusters)
    room = max(least, 1.3 * math.sqrt(area), *(one.width for one in clusters))
    corners, left, tallest = {}, 0.0, 0.0
    for at in sorted(range(len(clusters)), key=lambda i: -clusters[i].height):
        one = clusters[at]
        if left and left + one.width > room:
            top, left, tallest = top + tallest + APART, 0.0, 0.0
        corners[at] = (MARGIN + left, top)
        left, tallest = left + one.width + APART, max(tallest, one.height)
    return [corners[at] for at in range(len(clusters))]


def _names(about: dict[str, Any]) -> str:
    return "\n".join(wrapped(about["classes"].split("\n"), LONGEST_LINE))
