"""The question tree as a picture, from left to right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Any

import networkx as nx

from twentyq.review.captions import brief, percent, shortened, wrapped
from twentyq.review.painting import (
    BLUE,
    INK,
    MARGIN,
    MUTED,
    PADDING,
    PALE_BLUE,
    PALE_RED,
    SIZE,
    Picture,
    Stroke,
    Words,
    heading,
    text_width,
)
from twentyq.review.tree import Depth, leaves, measure_depth

ROW = 15.0  # points from leaf to leaf
GAP = 6.0  # between words and what stands beside them
LONGEST_OPTIONS, LONGEST_LEAF = 46, 70  # characters
RARE = 0.1  # of the chance that a class would have if all were as likely


def picture_tree(tree: nx.DiGraph, name: str, policy: str) -> Picture:
    """Return the picture of a question tree, headed by the names of its system and policy.

    Leaves stand one below the other, parents amid their children, and each node right of the
    longest answer that leads to it or to one of its siblings. Rare questions are not drawn out:
    where rules allow many options, most of a tree is hardly ever reached.
    """
    depth, n_nodes = measure_depth(tree), len(tree)
    tree = fold_rare(tree)
    order = list(nx.dfs_preorder_nodes(tree, "n0"))
    head = _heading(depth, brief(name), brief(policy), folded=len(tree) < n_nodes)
    lines = {node: _leaf_lines(about) for node, about in tree.nodes.items() if "classes" in about}
    down = _places_down(tree, order, lines, head[-1].y + 2 * ROW)
    across = {"n0": MARGIN}
    words, strokes = [*head], []
    for node in order:
        x, y, about = across[node], down[node], tree.nodes[node]
        if node in lines:
            words.extend(_leaf(about, lines[node], x, y))
            continue
        asked = Words(x + PADDING, y, _question(about), fill=PALE_BLUE, edge=BLUE)
        parting = asked.x + text_width(asked.text) + PADDING + 1.5 * GAP
        below = [down[child] for child in tree.successors(node)]
        words.append(asked)
        strokes.append(Stroke(((parting - 1.5 * GAP, y), (parting, y))))
        strokes.append(Stroke(((parting, min(below)), (parting, max(below)))))
        answers = {child: _answer(edge) for child, edge in tree[node].items()}
        begin = parting + 2 * GAP
        beyond = begin + max(map(text_width, answers.values())) + 3 * GAP
        for child, answer in answers.items():
            at, end = down[child], begin + text_width(answer)
            across[child] = beyond
            words.append(Words(begin, at, answer, MUTED))
            strokes.append(Stroke(((parting, at), (begin - GAP / 2, at))))
            strokes.append(Stroke(((end + GAP / 2, at), (beyond - GAP / 2, at))))
    right = max(one.x + text_width(one.text, one.size, one.bold) for one in words)
    lowest = max(down[node] + ROW * len(lines[node]) / 2 for node in lines)
    return Picture(right + MARGIN, lowest + MARGIN, words, strokes)


def fold_rare(tree: nx.DiGraph) -> nx.DiGraph:
    """Return a question tree whose questions of less than `RARE` chance are leaves.

    Such a leaf has the `kind` folded, and the classes and labels of all leaves below it.
    """
    ends = {node: [node] for node in leaves(tree)}
    for node in nx.dfs_postorder_nodes(tree, "n0"):
        ends.setdefault(node, [end for child in tree[node] for end in ends[child]])
    n_classes = len(_names(tree, ends["n0"], "classes"))
    folded = tree.copy()
    for node in nx.dfs_preorder_nodes(tree, "n0"):
        rare = tree.nodes[node]["chance"] < RARE / n_classes
        if rare and node in folded and tree.out_degree(node):
            folded.remove_nodes_from(nx.descendants(tree, node))
            for key in ("classes", "labels"):
                folded.nodes[node][key] = "\n".join(_names(tree, ends[node], key))
            folded.nodes[node]["kind"] = "folded"
    return folded


def _names(tree: nx.DiGraph, ends: Sequence[str], key: str) -> list[str]:
    """Return the classes or labels of some leaves, each once."""
    return list(dict.fromkeys(name for end in ends for name in tree.nodes[end][key].split("\n")))


def _heading(depth: Depth, name: str, policy: str, *, folded: bool) -> list[Words]:
    return heading(
        f"{name}: what {policy} asks where answers are free of noise",
        f"On average {depth.mean_questions:.3g} questions and {depth.mean_prompts:.3g} prompts, at "
        f"most {depth.most_questions} and {depth.most_prompts}.",
        "Blue: the group asked, and the bits it is expected to bring. On the lines: the answers. "
        "At the ends: classes, and their chance; red: no question left tells them apart"
        + ("; grey: too rare to be drawn out." if folded else "."),
    )


def _places_down(
    tree: nx.DiGraph, order: list[str], lines: dict[str, list[str]], top: float
) -> dict[str, float]:
    """Return how far down each node stands."""
    down = {}
    for node in order:
        if node in lines:
            height = ROW * len(lines[node])
            down[node] = top + height / 2
            top += height
    for node in reversed(order):
        if node not in lines:
            down[node] = fmean(down[child] for child in tree.successors(node))
    return down


def _question(about: dict[str, Any]) -> str:
    return f"{brief(about['asks'])}  {about['bits']:.2f} bits"


def _answer(edge: dict[str, str]) -> str:
    return shortened(edge["options"].split("\n"), LONGEST_OPTIONS)


def _leaf_lines(about: dict[str, str]) -> list[str]:
    classes, labels = about["classes"].split("\n"), about["labels"].split("\n")
    if about["kind"] == "class" and classes != labels:
        classes[0] = f"{labels[0]}: {classes[0]}"
    return wrapped(classes, LONGEST_LEAF)


def _leaf(about: dict[str, Any], lines: list[str], x: float, y: float) -> Iterator[Words]:
    names = "\n".join(lines)
    fill = PALE_RED if about["kind"] == "alike" else None
    colour = MUTED if about["kind"] == "folded" else INK
    yield Words(x + PADDING, y, names, colour, fill=fill)
    end = x + text_width(names) + 2 * PADDING + GAP
    yield Words(end, y, percent(about["chance"]), MUTED, SIZE - 1)
