"""Faults that can be read from the rules alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from twentyq.engine.plan import Plan
from twentyq.errors import shown
from twentyq.review.findings import NAMES, Finding, Kind, Rank
from twentyq.review.information import NO_BITS, group_bits, shared_bits
from twentyq.system import AttributeGroup, System
from twentyq.system.document import listed
from twentyq.system.model import RULE_DECIMALS


def structure_findings(system: System, plan: Plan) -> Iterator[Finding]:
    """Yield what is wrong with the rules of a system; `plan` is the system compiled."""
    yield from _ties(system, plan)
    bits = group_bits(plan)
    repeated = _repeated(plan, bits.numpy(), shared_bits(plan).numpy())
    for g, group in enumerate(system.groups):
        if bits[g] < NO_BITS:
            yield _silent(group)
            continue  # whatever else is to be said of it goes away with it
        if g in repeated:
            yield _repeats(group, plan.groups[repeated[g]], float(bits[g]))
        yield from _unused(system, group)
        yield from _unknown(system, group)
    yield from _few_rules(system)


def _ties(system: System, plan: Plan) -> Iterator[Finding]:
    ties = {frozenset(tie): tie for tie in system.tie_sets}
    accepted = dict.fromkeys(
        map(frozenset, cast(Sequence[Sequence[str]], system.accepts.get("tie", ())))
    )
    share = dict(zip(plan.classes, torch.exp(plan.log_prior).tolist(), strict=True))
    for members, tie in ties.items():
        of_label: dict[str, float] = {}
        for name in tie:
            label = system.label_of(name)
            of_label[label] = of_label.get(label, 0.0) + share[name]
        if len(of_label) == 1:
            continue  # they are told alike, and reported alike
        lost = sum(of_label.values()) - max(of_label.values())
        yield Finding(
            Rank.error,
            Kind.tie,
            f"{listed(tie, NAMES)}: these classes have equal rules in every group, so no question "
            f"tells them apart, and at least {lost:.1%} of all pictures get a wrong label.",
            "let their rules differ in a group, give them one label under `labels`, or list them "
            "under `accepts: tie`",
            classes=tie,
            figures={"wrong": lost},
            accepted=members in accepted,
        )
    for members in accepted:
        if members not in ties:
            named = tuple(name for name in system.classes if name in members)
            yield Finding(
                Rank.warning,
                Kind.stale_accepts,
                f"{listed(named, NAMES)}: the file accepts these classes as a tie set, and they "
                "are none.",
                "take the entry out of `accepts: tie`, or name the tie set as it is now",
                classes=named,
            )


def _repeated(plan: Plan, bits: NDArray[np.float64], shared: NDArray[np.float64]) -> dict[int, int]:
    """Return the groups that tell nothing new beside another one, and which that is.

    Of groups that repeat each other the first in the file is kept. Rules that leave several options
    open would tell more when asked twice, were the two answers independent; of one picture they are
    not, and groups with the same rules repeat each other too.
    """
    kinds: dict[object, int] = {}
    kind = [kinds.setdefault(_columns(plan, group), group) for group in range(len(bits))]
    implied = (bits[:, None] - shared < NO_BITS) | np.equal.outer(kind, kind)
    implied[bits < NO_BITS] = False
    np.fill_diagonal(implied, False)
    later = np.tri(len(bits), k=-1, dtype=bool)
    implied &= ~implied.T | later
    repeated = set(np.flatnonzero(implied.any(axis=1)).tolist())
    return {
        group: min(np.flatnonzero(implied[group]).tolist(), key=lambda h: (h in repeated, h))
        for group in repeated
    }


def _columns(plan: Plan, group: int) -> tuple[tuple[float, ...], ...]:
    """Return the rules of a group, whatever its options are called and however they are ordered."""
    used = plan.rules[:, plan.options_of(group)].round(decimals=RULE_DECIMALS).T
    return tuple(sorted(tuple(column) for column in used.tolist() if any(column)))


def _silent(group: AttributeGroup) -> Finding:
    n_prompts = len(group.options)
    return Finding(
        Rank.warning,
        Kind.silent_group,
        f"{shown(group.name)}: every class has the same rule in this group, so it tells nothing "
        f"for its {n_prompts} prompts.",
        "remove the group, or let the classes' rules differ in it",
        group=group.name,
        figures={"bits": 0.0, "prompts": n_prompts},
    )


def _repeats(group: AttributeGroup, other: str, bits: float) -> Finding:
    n_prompts = len(group.options)
    return Finding(
        Rank.warning,
        Kind.repeated_group,
        f"{shown(group.name)}: all {bits:.2f} bits of this group are told by {shown(other)} too; "
        f"after it, these {n_prompts} prompts tell nothing new.",
        f"let it tell apart classes that {shown(other)} does not; or remove it, unless the encoder "
        "answers it so much better that it is worth its prompts",
        group=group.name,
        figures={"bits": bits, "prompts": n_prompts},
    )


def _unused(system: System, group: AttributeGroup) -> Iterator[Finding]:
    named = {option for rules in system.rules.values() for option in rules.get(group.name, {})}
    unused = tuple(option for option in group.options if option not in named)
    if unused:
        yield Finding(
            Rank.warning,
            Kind.unused_option,
            f"{shown(group.name)}: no class has {listed(map(shown, unused), NAMES)}, "
            f"{len(unused)} of the {len(group.options)} options.",
            "remove what no class has, or play with --skip-unused: it costs a prompt each time",
            group=group.name,
            options=unused,
            figures={"unused": len(unused), "prompts": len(group.options)},
        )


def _unknown(system: System, group: AttributeGroup) -> Iterator[Finding]:
    without = tuple(name for name in system.classes if group.name not in system.rules[name])
    if 2 * len(without) >= len(system.classes):
        yield Finding(
            Rank.note,
            Kind.unknown_rules,
            f"{shown(group.name)}: {len(without)} of {len(system.classes)} classes have no rule "
            "in this group, and it says little of them.",
            "give these classes a rule; of several options, where one alone would be wrong",
            classes=without,
            group=group.name,
            figures={"unknown": len(without) / len(system.classes)},
        )


def _few_rules(system: System) -> Iterator[Finding]:
    n_groups = len(system.groups)
    few = tuple(name for name in system.classes if 2 * len(system.rules[name]) < n_groups)
    if few:
        yield Finding(
            Rank.note,
            Kind.few_rules,
            f"{listed(few, NAMES)}: these classes have rules in fewer than half of the {n_groups} "
            "groups.",
            "give these classes more rules; what is unknown never speaks for a class",
            classes=few,
            figures={"classes": len(few)},
        )
