"""The question tree: what a policy asks when every answer comes without noise."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from twentyq.engine.gain import build_channel, information_gain
from twentyq.engine.plan import Plan
from twentyq.engine.policies import Policy, RandomPolicy, choose
from twentyq.engine.state import State
from twentyq.errors import UsageError
from twentyq.system.model import RULE_DECIMALS

MOST_NODES = 3_000


@dataclass(frozen=True, slots=True)
class Depth:
    """Questions and prompts from root to leaf: the mean, by the leaves' chance, and the most."""

    mean_questions: float
    most_questions: int
    mean_prompts: float
    most_prompts: int


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    """All nodes of one depth; `state.picture` numbers them in the whole tree, breadth first."""

    state: State
    chance: Tensor


def question_tree(plan: Plan, policy: Policy) -> nx.DiGraph:
    """Return the tree of the questions that a policy asks where answers are free of noise.

    Belief is exact, P(c) ∝ π(c) Π R(c, g, k) over the answers on the way, and the engine's own
    planner, with its default noise, chooses the group for it. A class whose rule allows several
    options goes into each of their branches. Options that leave the same belief share a branch. A
    node is a leaf where one label is left, or where no group still to ask has different rules for
    the classes left.

    Every node has `kind` (question; class: one label; alike: labels that nothing left to ask tells
    apart), `label`, `chance`, `questions` and `prompts` spent so far; a question also has `asks`,
    its group, and `bits`, its noise-free expected information gain; a leaf has `classes` and
    `labels`, one a line. An edge has `options`, one a line, and `label`. Raises UsageError for a
    random policy and for a tree of more than `MOST_NODES` nodes.
    """
    if isinstance(policy, RandomPolicy):
        raise UsageError(
            "a random order has no tree: it differs from picture to picture",
            where="policy",
            got=policy.name,
            mend="draw gain, gini, static or one of their forms",
        )
    planning, exact = build_channel(plan), build_channel(plan, 0.0)
    tree = nx.DiGraph()
    level = _root(plan)
    while len(level.chance):
        state = level.state
        free = ~state.asked & _telling(plan, state.posterior)
        chosen, _ = choose(plan, planning, policy, state, free)
        bits = information_gain(exact, state.posterior)
        _add_nodes(tree, plan, level, chosen, bits)
        level = _descend(tree, plan, level, chosen)
    return tree


def leaves(tree: nx.DiGraph) -> list[str]:
    """Return the leaves of a question tree, in breadth-first order."""
    return [node for node, kind in tree.nodes(data="kind") if kind != "question"]


def measure_depth(tree: nx.DiGraph) -> Depth:
    """Return how deep the leaves of a question tree lie."""
    ends = [tree.nodes[leaf] for leaf in leaves(tree)]
    return Depth(
        mean_questions=sum(end["chance"] * end["questions"] for end in ends),
        most_questions=max(end["questions"] for end in ends),
        mean_prompts=sum(end["chance"] * end["prompts"] for end in ends),
        most_prompts=max(end["prompts"] for end in ends),
    )


def _root(plan: Plan) -> _Level:
    prior = torch.exp(plan.log_prior)[None]
    asked = torch.zeros(1, len(plan.groups), dtype=torch.bool, device=plan.device)
    nothing = torch.zeros(1, dtype=torch.int64, device=plan.device)
    return _Level(_state(nothing, asked, prior, nothing), torch.ones_like(prior[:, 0]))


def _state(number: Tensor, asked: Tensor, posterior: Tensor, spent: Tensor) -> State:
    nothing = torch.zeros_like(posterior)  # no policy looks at scores
    return State(number, asked, nothing, nothing, posterior, spent)


def _telling(plan: Plan, posterior: Tensor) -> Tensor:
    """Return which groups tell apart classes that are still possible, `(n_nodes, n_groups)` bool.

    None does where these classes share one label.
    """
    possible = (posterior > 0).to(torch.float64)
    has_rule = possible.new_zeros(len(plan.classes), len(plan.distinct_group))
    seen = possible @ has_rule.scatter_(1, plan.rule_of, 1.0) > 0
    n_rules = seen.new_zeros(len(seen), len(plan.groups), dtype=torch.int64)
    n_rules.index_add_(1, plan.distinct_group, seen.to(torch.int64))
    n_labels = (possible @ one_hot(plan.label_of).to(torch.float64) > 0).sum(dim=1)
    return (n_rules > 1) & (n_labels > 1)[:, None]


def _add_nodes(tree: nx.DiGraph, plan: Plan, level: _Level, chosen: Tensor, bits: Tensor) -> None:
    state = level.state
    gained = bits.gather(1, chosen.clamp(min=0)[:, None])[:, 0].tolist()
    questions = state.asked.sum(dim=1).tolist()
    rows = zip(
        state.picture.tolist(),
        chosen.tolist(),
        gained,
        level.chance.tolist(),
        questions,
        state.prompts_spent.tolist(),
        state.posterior,
        strict=True,
    )
    for number, group, gain, chance, asked, spent, posterior in rows:
        here = {"chance": chance, "questions": asked, "prompts": spent}
        if group >= 0:
            name = plan.groups[group]
            about = {"kind": "question", "label": name, "asks": name, "bits": gain}
        else:
            about = _leaf(plan, posterior.nonzero()[:, 0].tolist())
        tree.add_node(f"n{number}", **about, **here)


def _leaf(plan: Plan, left: list[int]) -> dict[str, str]:
    classes = [plan.classes[c] for c in left]
    labels = list(dict.fromkeys(plan.labels[plan.label_of[c]] for c in left))
    return {
        "kind": "class" if len(labels) == 1 else "alike",
        "label": ", ".join(labels),
        "classes": "\n".join(classes),
        "labels": "\n".join(labels),
    }


def _descend(tree: nx.DiGraph, plan: Plan, level: _Level, chosen: Tensor) -> _Level:
    """Add the edges below one level, and return the level that they lead to."""
    state = level.state
    likely = (state.posterior @ plan.rules > 0) & (plan.option_group == chosen[:, None])
    parent, option = likely.nonzero(as_tuple=True)
    joint = state.posterior[parent] * plan.rules[:, option].T
    share = joint.sum(dim=1)
    posterior = joint / share[:, None]
    branch, first = _same_belief(parent, posterior)
    _refuse_too_many(len(tree) + len(first))
    origin = parent[first]
    number = len(tree) + torch.arange(len(first), device=plan.device)
    chance = share.new_zeros(len(first)).index_add_(0, branch, share * level.chance[parent])
    texts = [text for options in plan.options for text in options]
    answers: list[list[str]] = [[] for _ in first]
    for at, k in zip(branch.tolist(), option.tolist(), strict=True):
        answers[at].append(texts[k])
    ends = zip(state.picture[origin].tolist(), number.tolist(), answers, strict=True)
    for above, below, words in ends:
        tree.add_edge(f"n{above}", f"n{below}", label=" / ".join(words), options="\n".join(words))
    asked = state.asked[origin].scatter(1, chosen[origin][:, None], value=True)
    spent = state.prompts_spent[origin] + plan.sizes[chosen[origin]]
    return _Level(_state(number, asked, posterior[first], spent), chance)


def _same_belief(parent: Tensor, posterior: Tensor) -> tuple[Tensor, Tensor]:
    """Return the branch of each option, `(n_pairs,)`, and each branch's first option."""
    belief = posterior.round(decimals=RULE_DECIMALS)
    _, alike = torch.unique(torch.cat([parent[:, None], belief], 1), dim=0, return_inverse=True)
    everyone = torch.arange(len(parent), device=parent.device)
    n_branches = int(alike.max()) + 1 if len(alike) else 0
    first = everyone[:n_branches].scatter_reduce(0, alike, everyone, "amin", include_self=False)
    first, order = first.sort()
    return order.argsort()[alike], first


def _refuse_too_many(n_nodes: int) -> None:
    if n_nodes > MOST_NODES:
        raise UsageError(
            "the question tree is too large to be looked at",
            where="system",
            got=f"more than {MOST_NODES:,} nodes",
            allowed=f"at most {MOST_NODES:,}",
            mend="draw some of the classes (--classes FILE), or give classes fewer options",
        )
