"""Which classes are easily confused: how many questions tell each pair apart."""

from __future__ import annotations

import networkx as nx
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from twentyq.engine.plan import Plan
from twentyq.engine.ties import TIE, first_largest

NEAR = 1.0  # questions


def confusable_classes(plan: Plan) -> nx.Graph:
    """Return the graph that joins each class to the one nearest to it, and to all that are near.

    Classes with equal rules everywhere are one node. The distance of two classes is the sum over
    groups of the total variation distance of their rules, Σ_g ½ Σ_k |R(c, g, k) − R(c', g, k)|:
    the number of questions that tell them apart where every rule is one option. Near are pairs
    at most `NEAR` apart. Pairs that every question tells apart, and classes that share a label,
    are not joined.

    A node has `kind` (class, or alike: labels that nothing tells apart), `label`, and `classes`,
    one a line. An edge has `distance`, `groups`, those in which the two differ, one a line, and
    `label`: their names where they are one or two, else the distance.
    """
    first, members = _tie_sets(plan)
    rules = plan.rules[first]
    distance = torch.cdist(rules, rules, p=1) / 2
    distance.masked_fill_(_same_label(plan, members), torch.inf)
    nearest = one_hot(first_largest(-distance), len(first)).bool()
    kept = nearest | nearest.T | (distance <= NEAR + TIE)
    kept &= distance < int(plan.informative.sum()) - TIE
    graph = nx.Graph()
    for number, row in enumerate(members):
        graph.add_node(f"n{number}", **_node(plan, row.nonzero()[:, 0].tolist()))
    one, other = kept.triu(diagonal=1).nonzero(as_tuple=True)
    apart = _by_group(plan, (rules[one] - rules[other]).abs() / 2)
    for i, j, differences in zip(one.tolist(), other.tolist(), apart, strict=True):
        graph.add_edge(f"n{i}", f"n{j}", **_edge(plan, differences))
    return graph


def count_confusable(graph: nx.Graph) -> tuple[int, int]:
    """Return how many sets nothing tells apart, and how many pairs of nodes are near."""
    alike = sum(kind == "alike" for _, kind in graph.nodes(data="kind"))
    near = sum(distance <= NEAR for *_, distance in graph.edges(data="distance"))
    return alike, near


def _tie_sets(plan: Plan) -> tuple[Tensor, Tensor]:
    """Return the first class of each tie set, and whose set it is `(n_sets, n_classes)` bool.

    Sets are in the file's order.
    """
    ties = one_hot(plan.tie_of).T
    first, order = ties.argmax(dim=1).sort()
    return first, ties[order].bool()


def _same_label(plan: Plan, members: Tensor) -> Tensor:
    """Return which tie sets have one and the same label, `(n_sets, n_sets)` bool."""
    labels = members.to(torch.float64) @ one_hot(plan.label_of).to(torch.float64) > 0
    single = labels.sum(dim=1) == 1
    label = torch.where(single, labels.to(torch.uint8).argmax(dim=1), -1)
    same = single[:, None] & (label[:, None] == label)
    return same | torch.eye(len(members), dtype=torch.bool, device=plan.device)


def _by_group(plan: Plan, values: Tensor) -> Tensor:
    total = values.new_zeros(len(values), len(plan.groups))
    return total.index_add_(1, plan.option_group, values)


def _node(plan: Plan, left: list[int]) -> dict[str, str]:
    classes = [plan.classes[c] for c in left]
    labels = {int(plan.label_of[c]) for c in left}
    kind = "class" if len(labels) == 1 else "alike"
    return {"kind": kind, "label": ", ".join(classes), "classes": "\n".join(classes)}


def _edge(plan: Plan, differences: Tensor) -> dict[str, float | str]:
    distance = round(float(differences.sum()), 6)
    groups = [plan.groups[g] for g in (differences > TIE).nonzero()[:, 0].tolist()]
    label = ", ".join(groups) if len(groups) <= 2 else f"{distance:.3g}"
    return {"distance": distance, "groups": "\n".join(groups), "label": label}
