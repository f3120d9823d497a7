"""What a review can find fault with: each finding says what, where, how bad, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

# A list of names in a sentence is cut here; the finding holds them all.
NAMES = 8


class Rank(StrEnum):
    """How much a finding matters, worst first."""

    error = "error"  # pictures must get a wrong label, or prompts are not read as written
    warning = "warning"  # prompts are spent that tell little or nothing
    note = "note"  # worth a look


class Kind(StrEnum):
    """What a finding is about; within one rank findings stand in this order."""

    tie = "tie"  # classes with equal rules in every group, and more than one label
    long_prompt = "long-prompt"  # prompts longer than the encoder reads
    stale_accepts = "stale-accepts"  # an accepted tie set that is none
    silent_group = "silent-group"  # the classes' rules do not differ
    repeated_group = "repeated-group"  # another group tells all that this one can tell
    unused_option = "unused-option"  # no class's rule names it
    close_options = "close-options"  # the encoder can hardly tell them apart
    unknown_rules = "unknown-rules"  # most classes have no rule in a group
    few_rules = "few-rules"  # a class has no rule in most groups


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a system.

    `what` is one sentence with all names and figures in it, `mend` says what to do. `classes`,
    `group`, `options` and `figures` hold the same for programs, as far as they apply. `accepted`
    is true where the file's `accepts` says that its author knows.
    """

    rank: Rank
    kind: Kind
    what: str
    mend: str
    classes: tuple[str, ...] = ()
    group: str | None = None
    options: tuple[str, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    accepted: bool = False


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort by rank, what is accepted last within it, then by kind; equals stay in order."""
    ranks, kinds = list(Rank), list(Kind)
    return tuple(
        sorted(
            findings,
            key=lambda one: (ranks.index(one.rank), one.accepted, kinds.index(one.kind)),
        )
    )
