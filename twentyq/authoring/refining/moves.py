"""Changes without a language model: other wordings from a list, and groups left out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from twentyq.authoring.refining.pool import Pool, Standing
from twentyq.authoring.refining.proposing import Candidate, Change, Proposer, find_group
from twentyq.authoring.refining.rules import NAME as RULES
from twentyq.authoring.refining.rules import RuleProposer
from twentyq.authoring.refining.splitting import SplitBy
from twentyq.authoring.refining.worded import reworded
from twentyq.authoring.refining.wordings import Wordings
from twentyq.errors import UsageError, shown, suggestion
from twentyq.system import System

WORDINGS = "wordings"
GROUPS = "groups"
MOVES = (WORDINGS, RULES, GROUPS)
"""Words come before rules: rules fit the answers to the words that were there, and no others."""


def parse_moves(text: str | None, split: SplitBy) -> tuple[str, ...]:
    """Return the moves that a command line names, in its order; all that the split allows if none.

    Raises UsageError for one that does not exist, and for rules where whole classes go to one part.
    """
    allowed = MOVES if split is SplitBy.PICTURE else (WORDINGS, GROUPS)
    if text is None:
        return allowed
    named = tuple(dict.fromkeys(move.strip() for move in text.split(",")))
    for move in named:
        if move not in MOVES:
            raise UsageError(
                "there is no such move",
                where="--moves",
                got=shown(move),
                allowed=", ".join(MOVES),
                mend=suggestion(move, MOVES),
            )
    if RULES in named and split is SplitBy.CLASS:
        raise UsageError(
            "rules cannot be learned for classes whose pictures are kept apart",
            where="--moves",
            got=f"{text} with --split class",
            allowed=", ".join(allowed),
            mend="leave rules out, or use --split picture",
        )
    return named


def proposers(moves: Collection[str], system: System, wordings: Wordings) -> list[Proposer]:
    """Return who makes these moves, in their order, for a system to be refined."""
    makers: dict[str, Proposer] = {
        RULES: RuleProposer(system),
        WORDINGS: WordingProposer(system, wordings),
        GROUPS: GroupProposer(),
    }
    return [makers[move] for move in moves]


@dataclass(frozen=True, slots=True, eq=False)
class WordingProposer:
    """Proposes other templates and, one at a time, other wordings of options, from a list.

    The template that the group had in `first`, the system as it was, remains among the rivals; that
    of another group does not become one, for two groups would then ask the same.
    """

    first: System
    wordings: Wordings
    name: str = WORDINGS

    def coordinates(self, system: System) -> tuple[str, ...]:
        """Return the names of the groups."""
        return tuple(group.name for group in system.groups)

    def propose(self, pool: Pool, now: Standing, coordinate: str) -> list[Candidate]:  # noqa: ARG002  # pictures judge afterwards
        """Return the group in every other wording."""
        system = now.system
        group = find_group(system, coordinate)
        if group is None:
            return []
        once = find_group(self.first, coordinate) or group
        taken = {one.prompt for one in system.groups}
        found = [
            Candidate(
                Change(self.name, coordinate, group.prompt, template),
                reworded(system, replace(group, prompt=template)),
            )
            for template in self.wordings.templates(group, once.prompt)
            if template not in taken
        ]
        for index, option in enumerate(group.options):
            for text in self.wordings.options(group, index):
                options = (*group.options[:index], text, *group.options[index + 1 :])
                change = Change(self.name, coordinate, option, text)
                found.append(Candidate(change, reworded(system, replace(group, options=options))))
        return found


@dataclass(frozen=True, slots=True, eq=False)
class GroupProposer:
    """Proposes to leave a group out, but never the last one."""

    name: str = GROUPS

    def coordinates(self, system: System) -> tuple[str, ...]:
        """Return the names of the groups."""
        return tuple(group.name for group in system.groups)

    def propose(self, pool: Pool, now: Standing, coordinate: str) -> Sequence[Candidate]:  # noqa: ARG002  # pictures judge afterwards
        """Return the system without the group; none where a class would be left without rules."""
        system = now.system
        group = find_group(system, coordinate)
        if group is None or len(system.groups) == 1:
            return []
        groups = tuple(one for one in system.groups if one is not group)
        rules = {
            name: {of: rule for of, rule in named.items() if of != coordinate}
            for name, named in system.rules.items()
        }
        if not all(rules.values()):
            return []
        change = Change(self.name, coordinate, f"{len(group.options)} prompts", "")
        return [Candidate(change, replace(system, groups=groups, rules=rules))]
