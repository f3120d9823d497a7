"""Where the nodes of a small graph stand: near their neighbours, and their boxes apart."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse.csgraph import shortest_path
from scipy.spatial.distance import pdist, squareform

LEAST = 20.0  # points for one step of the graph
MOST_STEPS = 400  # of the layout; what later ones change is hardly seen

Floats = NDArray[np.float64]
Sizes = Mapping[Hashable, tuple[float, float]]


def place_boxes(graph: nx.Graph, sizes: Sizes) -> tuple[dict[Any, tuple[float, float]], Floats]:
    """Return the middle of each node's box, and width and height of them all together `(2,)`.

    `sizes` holds the width and height of each node's box. The graph is connected; the upper left
    corner of all boxes is the origin.
    """
    points = _upright(_even(graph))
    boxes = np.array([sizes[node] for node in graph])
    points *= _least_scale(points, boxes)
    corner = (points - boxes / 2).min(axis=0)
    extent = (points + boxes / 2).max(axis=0) - corner
    middles = (points - corner).tolist()
    return {node: (x, y) for node, (x, y) in zip(graph, middles, strict=True)}, extent


def _even(graph: nx.Graph) -> Floats:
    """Return places whose distances are as near as can be to steps along the graph, `(n, 2)`.

    Source: T. Kamada & S. Kawai (1989), An algorithm for drawing general undirected graphs. The
    solver behind networkx's function of that name waits for threads, which made it many times
    slower on a busy machine.
    """
    neighbours = nx.to_scipy_sparse_array(graph, weight=None)
    steps = shortest_path(neighbours, unweighted=True) + np.eye(len(graph))
    circle = np.array(list(nx.circular_layout(graph, scale=steps.max() / 2).values()))
    found = minimize(
        _strain,
        circle.ravel(),
        args=(steps,),
        jac=True,
        method="CG",
        options={"maxiter": MOST_STEPS},
    )
    return np.asarray(found.x).reshape(-1, 2)


def _strain(flat: Floats, steps: Floats) -> tuple[float, Floats]:
    """Return Σ (|x_i − x_j| / d_ij − 1)² over pairs, and its gradient."""
    points = flat.reshape(-1, 2)
    away = points[:, None] - points
    length = squareform(pdist(points)) + np.eye(len(points))
    strain = length / steps - 1
    pull = 2 * strain / (steps * length)
    return float((strain**2).sum() / 2), np.einsum("ij,ijk->ik", pull, away).ravel()


def _upright(points: Floats) -> Floats:
    """Return points turned to spread downwards, where lines of text stand closest."""
    centred = points - points.mean(axis=0)
    axes = np.linalg.eigh(centred.T @ centred).eigenvectors
    turned = centred @ axes
    return np.asarray(turned * np.where(turned[0] > 0, -1.0, 1.0))


def _least_scale(points: Floats, boxes: Floats) -> Floats:
    """Return the factors across and down, `(2,)`, of least product that part all boxes.

    `points` are the middles of `boxes`, both `(n, 2)`. Two boxes are apart when they are so in one
    direction.
    """
    one, other = np.triu_indices(len(points), k=1)
    distance = np.maximum(np.abs(points[one] - points[other]), 1e-9)
    across, down = ((boxes[one] + boxes[other]) / 2 / distance).T
    hardest = np.argsort(down)[::-1]
    # The first i pairs are parted across; the others are so by what the next one needs down.
    widths = np.maximum.accumulate([LEAST, *across[hardest]])
    heights = np.maximum([*down[hardest], LEAST], LEAST)
    best = np.argmin(widths * heights)
    return np.array([widths[best], heights[best]])
