"""Systems made to measure policies by: two constructed ones, and a family drawn at random."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from twentyq.system.model import AttributeGroup, Rule, System


def unequal_groups() -> System:
    """Return a system on which every greedy measure is worse than the optimum by exactly 1/6.

    Sixteen classes live in two halves of a map, each half a 3 × 3 field of which one place is
    empty. `column` and `row` (6 options each) name the place, `half` (2 options) follows from
    either, and `pair` (8 options) names a pair of classes of one half. Answers are without noise.

    The optimum is 12 prompts: column and row together tell all classes apart; no group does so
    alone, nor with half, so two of the groups with 6 or 8 options are needed.

    Play that opens with `pair` spends at least 8 + 6: the two classes of a pair share their half,
    so that only column or row can split them. Play that opens with `half` spends at least 2 + 12:
    half spares none of the two that are needed. Most bits in all (3 of `pair`), most bits per
    prompt (1/2 of `half`), the largest drop of Gini impurity (7/16 of `pair`) and the largest per
    prompt (7/128 of `pair`) are all such openings.
    """
    places = [
        (half, 3 * half + column, 3 * half + row)
        for half in range(2)
        for column, row in itertools.product(range(3), range(3))
        if (column, row) != (2, 2)
    ]
    options = {
        "column": [f"column {k}" for k in range(6)],
        "row": [f"row {k}" for k in range(6)],
        "half": ["west", "east"],
        "pair": [f"pair {k}" for k in range(8)],
    }
    answers = {
        f"place {i}": {"half": half, "column": column, "row": row, "pair": i // 2}
        for i, (half, column, row) in enumerate(places)
    }
    rules = {
        name: {group: {options[group][k]: 1.0} for group, k in answer.items()}
        for name, answer in answers.items()
    }
    return _system("unequal-groups", options, rules)


def hidden_mode(*, modes: bool) -> System:
    """Return a system whose classes differ only in how two answers go together.

    Four kinds of lamp come in two wirings. In one, lamp and switch agree, both up or both down; in
    the other they differ. Which of the two a picture shows is the hidden mode: whatever the
    wiring, lamp and switch are each as likely up as down.

    With `modes`, a wiring is two classes, one for each mode, that share a label: the first answer
    leaves one mode of either wiring, and the second tells the wiring. Without, it is one class with
    the rules that are true of it, up and down evenly. These are the same for both wirings, so no
    belief that takes groups one by one can tell the wirings apart by them, in whatever order or
    however far ahead it asks. `maker` and `age` are of weak help: 3 : 2 for one wiring, and 2 : 3
    for the other.
    """
    options = {
        "kind": ["desk lamp", "street lamp", "lantern", "torch"],
        "lamp": ["up", "down"],
        "switch": ["up", "down"],
        "maker": ["known", "unknown"],
        "age": ["old", "new"],
    }
    rules: dict[str, dict[str, Rule]] = {}
    labels = {}
    for kind, wiring in itertools.product(options["kind"], ("straight", "crossed")):
        label = f"{kind}, {wiring}"
        first = 0.6 if wiring == "straight" else 0.4
        common: dict[str, Rule] = {
            "kind": {kind: 1.0},
            "maker": {"known": first, "unknown": 1 - first},
            "age": {"old": first, "new": 1 - first},
        }
        if not modes:
            either = {"up": 0.5, "down": 0.5}
            rules[label] = {**common, "lamp": either, "switch": either}
            continue
        for lamp, other in (("up", "down"), ("down", "up")):
            name = f"{label}, lamp {lamp}"
            switch = lamp if wiring == "straight" else other
            rules[name] = {**common, "lamp": {lamp: 1.0}, "switch": {switch: 1.0}}
            labels[name] = label
    return _system("hidden-mode" if modes else "hidden-mode-unseen", options, rules, labels)


def draw_system(rng: np.random.Generator) -> System:
    """Draw a system of 6 to 13 classes and 4 to 6 groups of 2 to 4 options.

    Of the rules 70 % name one option, 15 % two, 10 % have weights over all, 5 % are unknown.
    """
    sizes = rng.integers(2, 5, size=rng.integers(4, 7))
    options = {
        f"group {g}": [f"option {g}.{k}" for k in range(size)] for g, size in enumerate(sizes)
    }
    rules = {
        f"class {c}": {
            group: rule
            for group, offered in options.items()
            if (rule := _draw_rule(rng, offered)) is not None
        }
        for c in range(rng.integers(6, 14))
    }
    return _system("drawn", options, rules)


def _draw_rule(rng: np.random.Generator, options: Sequence[str]) -> Rule | None:
    kind = rng.random()
    if kind < 0.85:
        named = rng.choice(len(options), size=1 if kind < 0.7 else 2, replace=False)
        return {options[k]: 1 / len(named) for k in sorted(named)}
    if kind < 0.95:
        return dict(zip(options, rng.dirichlet(np.ones(len(options))).tolist(), strict=True))
    return None


def _system(
    name: str,
    options: Mapping[str, Sequence[str]],
    rules: Mapping[str, Mapping[str, Rule]],
    labels: Mapping[str, str] | None = None,
) -> System:
    return System(
        name=name,
        groups=tuple(AttributeGroup(g, f"{g}: {{}}", tuple(o)) for g, o in options.items()),
        classes=tuple(rules),
        rules=rules,
        labels=labels or {},
    )
