import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import check_grad

from twentyq.review.placing import _strain, place_boxes

graphs = st.integers(0, 2**32 - 1).map(
    lambda seed: nx.random_labeled_tree(int(np.random.default_rng(seed).integers(1, 12)), seed=seed)
)


def apart(places, sizes, one, other):
    (x, y), (u, v) = places[one], places[other]
    (w, h), (a, b) = sizes[one], sizes[other]
    return abs(x - u) >= (w + a) / 2 - 1e-6 or abs(y - v) >= (h + b) / 2 - 1e-6


@given(graphs, st.integers(0, 2**32 - 1))
def test_boxes_are_apart_and_within(graph, seed):
    rng = np.random.default_rng(seed)
    sizes = {node: tuple(rng.uniform(5, 90, size=2).tolist()) for node in graph}
    places, (width, height) = place_boxes(graph, sizes)
    for one, other in itertools.combinations(graph, 2):
        assert apart(places, sizes, one, other)
    lefts, rights = zip(
        *((x - w / 2, x + w / 2) for (x, _), (w, _) in pairs(places, sizes)), strict=True
    )
    tops, lows = zip(
        *((y - h / 2, y + h / 2) for (_, y), (_, h) in pairs(places, sizes)), strict=True
    )
    assert min(lefts) == pytest.approx(0, abs=1e-6)
    assert max(rights) == pytest.approx(width)
    assert min(tops) == pytest.approx(0, abs=1e-6)
    assert max(lows) == pytest.approx(height)


def pairs(places, sizes):
    return [(places[node], sizes[node]) for node in places]


def test_the_gradient_is_that_of_the_strain():
    rng = np.random.default_rng(3)
    steps = np.asarray(nx.floyd_warshall_numpy(nx.path_graph(5))) + np.eye(5)
    wrong = check_grad(
        lambda flat: _strain(flat, steps)[0],
        lambda flat: _strain(flat, steps)[1],
        rng.normal(size=10),
    )
    assert wrong < 1e-4


def test_a_chain_stands_upright_in_order():
    places, (width, height) = place_boxes(nx.path_graph(5), dict.fromkeys(range(5), (40.0, 10.0)))
    down = [places[node][1] for node in range(5)]
    assert down == sorted(down) or down == sorted(down, reverse=True)
    assert height > width


def test_neighbours_stand_nearer_than_others():
    ring = nx.cycle_graph(8)
    places, _ = place_boxes(ring, dict.fromkeys(ring, (1.0, 1.0)))
    points = np.array([places[node] for node in ring])
    length = np.linalg.norm(points[:, None] - points, axis=2)
    assert max(length[u, v] for u, v in ring.edges) < min(length[u, (u + 3) % 8] for u in ring)
