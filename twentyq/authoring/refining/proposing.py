"""What refinement asks of whoever proposes changes to a system, by word list or language model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from twentyq.authoring.refining.pool import Pool, Standing
from twentyq.system import AttributeGroup, System


@dataclass(frozen=True, slots=True)
class Change:
    """One change to a system, in words: what kind, of which group, from what to what.

    `group` is empty where the change is of all groups, and `after` where something is taken out.
    """

    move: str
    group: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A change, and the system as it would be with it: the same classes, labels and prior."""

    change: Change
    system: System


def find_group(system: System, name: str) -> AttributeGroup | None:
    """Return a system's group of this name, None where it is no longer there."""
    return next((group for group in system.groups if group.name == name), None)


class Proposer(Protocol):
    """One way to propose changes.

    Refinement goes through its coordinates in turn. Of the rival candidates for a coordinate, the
    one that fares best on the pictures to train on is shown to those of validation, and where they
    accept it the next coordinate begins from it.
    """

    @property
    def name(self) -> str:
        """What kind of change it proposes."""

    def coordinates(self, system: System) -> Sequence[str]:
        """Return what it changes one at a time, most often names of groups."""

    def propose(self, pool: Pool, now: Standing, coordinate: str) -> Sequence[Candidate]:
        """Return rival candidates for one coordinate, none where it has no idea.

        `now` is how the system of the moment fares on the pictures to train on. Only these may be
        looked at: `Part.TRAIN`. A coordinate that is no longer there has no candidates.
        """
