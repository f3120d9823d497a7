"""A rule as written, to a distribution over its group's options."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from twentyq.errors import shown
from twentyq.system.document import Fault, KeyPath
from twentyq.system.model import AttributeGroup, Rule

RawRule = str | int | list[str | int] | dict[str, float]


def resolve(rule: RawRule, group: AttributeGroup, path: KeyPath) -> Rule | Fault:
    """Return the rule's distribution, in the order of the options, or the first fault in it."""
    if isinstance(rule, dict):
        return _weighted(rule, group, path)
    if isinstance(rule, list):
        return _uniform(rule, group, path)
    option = _option(rule, group, path)
    return option if isinstance(option, Fault) else {option: 1.0}


def _uniform(choices: Sequence[str | int], group: AttributeGroup, path: KeyPath) -> Rule | Fault:
    named: list[str] = []
    for position, choice in enumerate(choices):
        option = _option(choice, group, (*path, position))
        if isinstance(option, Fault):
            return option
        named.append(option)
    [(most, count)] = Counter(named).most_common(1)
    if count > 1:
        return Fault(
            path,
            f"the option {shown(most)} is named {count} times in one rule",
            shown(list(choices)),
            mend="name it once; to make it likelier write weights, {option: weight}",
        )
    return {option: 1 / len(named) for option in group.options if option in named}


def _weighted(weights: dict[str, float], group: AttributeGroup, path: KeyPath) -> Rule | Fault:
    for name in weights:
        option = _option(name, group, (*path, name))
        if isinstance(option, Fault):
            return option
    largest = max(weights.values())
    if largest == 0:
        return Fault(
            path,
            "the weights of this rule sum to 0",
            shown(weights),
            mend="give a positive weight to an option, or leave the group out if it is unknown",
        )
    # A distribution is kept as it is: dividing by a sum next to 1 would stir its last bits. Other
    # weights are scaled first, because a sum of large ones overflows.
    if largest > 1 or abs(math.fsum(weights.values()) - 1) > 1e-12:
        scaled = {name: weight / largest for name, weight in weights.items()}
        total = math.fsum(scaled.values())
        weights = {name: weight / total for name, weight in scaled.items()}
    return {option: weights[option] for option in group.options if weights.get(option, 0) > 0}


def _option(choice: str | int, group: AttributeGroup, path: KeyPath) -> str | Fault:
    options = group.options
    if isinstance(choice, int):
        if choice < len(options):
            return options[choice]
        return Fault(
            path,
            f"there is no option of this index in the group {shown(group.name)}",
            None,
            f"0 to {len(options) - 1}, counted from 0",
            "name the option by its text; that stays right when options are added",
        )
    if choice in options:
        return choice
    return Fault(
        path,
        f"this is not an option of the group {shown(group.name)}",
        mend="name an option as it stands in the group, or add it there",
        unknown=choice,
        candidates=options,
    )
