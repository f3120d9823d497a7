"""Policies as the command line writes them."""

from __future__ import annotations

from collections.abc import Callable

from twentyq.engine.policies import GainPolicy, GiniPolicy, Policy, RandomPolicy, StaticPolicy
from twentyq.errors import UsageError, nearest, shown

POLICIES: dict[str, Callable[[], Policy]] = {
    "gain": GainPolicy,
    "gain-per-prompt": lambda: GainPolicy(per_prompt=True),
    "gini": GiniPolicy,
    "gini-per-prompt": lambda: GiniPolicy(per_prompt=True),
    "static": StaticPolicy,
    "random": RandomPolicy,
}


def parse_policy(text: str) -> Policy:
    """Return the policy that the command line names: a name, `static:a,b` or `random:SEED`.

    Raises UsageError where the name or its argument is unknown.
    """
    name, colon, argument = text.partition(":")
    if name == "static" and argument:
        return StaticPolicy(tuple(part.strip() for part in argument.split(",")))
    if name == "random" and is_count(argument):
        return RandomPolicy(int(argument))
    if name in POLICIES and not colon:
        return POLICIES[name]()
    meant = nearest(name, list(POLICIES))
    raise UsageError(
        "no such policy",
        where="policy",
        got=shown(text),
        allowed=", ".join([*POLICIES, "static:GROUP,GROUP,...", "random:SEED"]),
        mend=f"did you mean {meant!r}?" if meant and meant != name else None,
    )


def is_count(text: str) -> bool:
    """Return whether text is a whole number that fits into an array, of 18 digits at most."""
    return text.isdecimal() and len(text) <= 18
