"""`twentyq system graph`: the question tree of a system, or its confusable classes, drawn."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from twentyq.cli import options

if TYPE_CHECKING:
    import networkx as nx

    from twentyq.engine import Plan
    from twentyq.review.painting import Picture

ENDINGS = (".png", ".svg", ".dot", ".graphml")


class Kind(StrEnum):
    """What is drawn."""

    tree = "tree"
    confusable = "confusable"


def graph(
    system: options.SystemArgument,
    out: Annotated[
        Path,
        typer.Option(
            metavar="FILE", help="Write here; .png, .svg, .dot or .graphml says in which form."
        ),
    ],
    kind: Annotated[
        Kind,
        typer.Option(
            help="tree: what is asked where answers are free of noise; confusable: classes that "
            "few questions tell apart."
        ),
    ] = Kind.tree,
    policy: Annotated[
        str,
        typer.Option(envvar="TWENTYQ_POLICY", metavar="NAME", help="The policy that asks."),
    ] = "gain",
    classes: options.ClassesFile = None,
    force: options.Force = False,
) -> None:
    """Draw the question tree of a system, or the graph of its confusable classes.

    PNG and SVG are pictures; DOT and GraphML hold the same graph for other programs, with every
    figure and no branch left out.
    """
    from twentyq.cli.extras import require_draw
    from twentyq.cli.writing import require_ending, write_file

    told = "the ending of the file says in which form to draw"
    ending = require_ending(out, ENDINGS, told, where=f"--out {out}")
    needed = {".png": "matplotlib", ".svg": "matplotlib", ".dot": "pydot"}
    require_draw(*(package for form, package in needed.items() if form == ending))
    from twentyq.cli.sources import read_lines
    from twentyq.cli.telling import tell
    from twentyq.engine import compile_plan
    from twentyq.system import load_system

    loaded = load_system(system)
    only = None if classes is None else read_lines(classes, "classes")
    plan = compile_plan(loaded, classes=only)
    made, found = _tree(plan, policy) if kind is Kind.tree else _confusable(plan)
    write_file(out, _content(made, ending, kind, loaded.name, policy), force=force)
    tell(f"{out}: {found}")


def _tree(plan: Plan, policy: str) -> tuple[nx.DiGraph, str]:
    from twentyq.engine import parse_policy
    from twentyq.review.tree import leaves, measure_depth, question_tree

    tree = question_tree(plan, parse_policy(policy))
    depth = measure_depth(tree)
    return tree, (
        f"the question tree of {len(plan.classes)} classes, {len(leaves(tree))} leaves; "
        f"{depth.mean_questions:.3g} questions and {depth.mean_prompts:.3g} prompts on average, "
        f"at most {depth.most_questions} and {depth.most_prompts}"
    )


def _confusable(plan: Plan) -> tuple[nx.Graph, str]:
    from twentyq.review.confusable import confusable_classes, count_confusable

    found = confusable_classes(plan)
    alike, near = count_confusable(found)
    return found, (
        f"{len(plan.classes)} classes; sets that no question tells apart: {alike}; pairs that at "
        f"most one question tells apart: {near}"
    )


def _content(made: nx.Graph, ending: str, kind: Kind, name: str, policy: str) -> str | bytes:
    if ending in (".dot", ".graphml"):
        from twentyq.review.graph_files import to_dot, to_graphml

        return to_dot(made) if ending == ".dot" else to_graphml(made)
    from twentyq.review.painting import paint

    form: Literal["png", "svg"] = "png" if ending == ".png" else "svg"
    return paint(_picture(made, kind, name, policy), form)


def _picture(made: nx.Graph, kind: Kind, name: str, policy: str) -> Picture:
    from twentyq.review.confusable_picture import picture_confusable
    from twentyq.review.tree_picture import picture_tree

    if kind is Kind.tree:
        return picture_tree(made, name, policy)
    return picture_confusable(made, name)
