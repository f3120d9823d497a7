"""The least that any strategy needs to find the label with noise-free answers, exactly.

Noise-free: a picture of class c answers group g with an option drawn by the rule of c, always its
one option where there is one, and answers to different groups are independent given the class. A
class is still possible while every answer was possible for it. Play ends when all classes still
possible share a label, or when no group that was not asked tells any of them apart, as in a tie
set.

What is to come depends on the classes still possible and, where rules leave several options open,
on those answers that weigh these classes against each other. There are few such positions in small
systems, and dynamic programming over them gives the least (R. Bellman, 1957, Dynamic Programming).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from twentyq.engine.plan import Plan

# After each answer in each position every group is looked at; so many looks take some seconds.
MOST_LOOKS = 15_000_000
END = -1  # the number of the position in which play has ended
TINY = np.finfo(np.float64).tiny


@dataclass(frozen=True, slots=True)
class Least:
    """The least of any strategy, each figure by the strategy that is best for it."""

    mean_questions: float
    mean_prompts: float
    worst_questions: int
    worst_prompts: int


def least_cost(plan: Plan, most_looks: int = MOST_LOOKS) -> Least | None:
    """Return the least questions and prompts of a plan, None where that takes too many looks."""
    world = _World(plan)
    moves = _reach(world, most_looks)
    if moves is None:
        return None
    value = np.zeros((len(moves) + 1, 4))  # the last row is the end of play
    # A question leaves fewer classes, or as many and one more answer that weighs them.
    order = [(p.classes.bit_count(), -len(p.heard)) for p in world.positions]
    for row in sorted(range(len(moves)), key=order.__getitem__):
        found = moves[row]
        after = value[found.after]
        mean = np.add.reduceat(found.chance[:, None] * after[:, :2], found.first)
        worst = np.maximum.reduceat(after[:, 2:], found.first)
        value[row] = (np.tile(found.cost, 2) + np.hstack([mean, worst])).min(axis=0)
    questions, prompts, most_questions, most_prompts = value[0]
    return Least(float(questions), float(prompts), int(most_questions), int(most_prompts))


class _Position(NamedTuple):
    """Classes still possible, as bits, and the answers that weigh them, as columns of the rules."""

    classes: int
    heard: tuple[int, ...]


class _Moves(NamedTuple):
    """The questions of a position, and all their possible answers side by side.

    cost    (n_questions, 2) one question and its prompts
    first   (n_questions,) the first answer of each question
    chance  (n_answers,) how likely each answer is
    after   (n_answers,) the number of the position it leads to, END where play ends
    """

    cost: NDArray[np.float64]
    first: list[int]
    chance: NDArray[np.float64]
    after: list[int]


class _World:
    """The rules as arrays and as sets of classes, which are the bits of an integer."""

    def __init__(self, plan: Plan) -> None:
        self.rules = plan.rules.numpy()
        self.prior = np.exp(plan.log_prior.numpy())
        self.group_of = plan.option_group.tolist()
        self.sizes = plan.sizes.tolist()
        self.columns = [plan.options_of(group) for group in range(len(plan.groups))]
        self.label_of = plan.label_of.tolist()
        self.rule_of = plan.rule_of.tolist()
        self.with_option = _sets(self.rules.T > 0)
        self.with_label = _sets(_members(plan.label_of[:, None], len(plan.labels)))
        self.with_rule = _sets(_members(plan.rule_of, len(plan.distinct_group)))
        self.known: dict[int, frozenset[int]] = {}
        self.positions: list[_Position] = []
        self.number: dict[_Position, int] = {}

    def position(self, classes: int, heard: tuple[int, ...]) -> int:
        """Return the number of the position that answers lead to, END where play has ended.

        A position that is new is added to `positions`.
        """
        first = (classes & -classes).bit_length() - 1
        if not classes & ~self.with_label[self.label_of[first]]:
            return END
        differ = self.differ(classes)
        weighing = tuple(sorted(column for column in heard if self.group_of[column] in differ))
        if len(differ) == len(weighing):
            return END
        position = _Position(classes, weighing)
        if position not in self.number:
            self.number[position] = len(self.positions)
            self.positions.append(position)
        return self.number[position]

    def differ(self, classes: int) -> frozenset[int]:
        """Return the groups in which the rules of these classes differ."""
        if classes not in self.known:  # the same classes are left by many ways to ask
            first = (classes & -classes).bit_length() - 1
            rules = enumerate(self.rule_of[first])
            self.known[classes] = frozenset(
                g for g, rule in rules if classes & ~self.with_rule[rule]
            )
        return self.known[classes]

    def moves(self, position: _Position) -> _Moves:
        """Return what may be asked in a position, and where each answer leads."""
        classes, heard = position
        members = self.members(classes)
        rules = self.rules[members]
        weight = self.prior[members] * np.prod(rules[:, heard], axis=1)
        # What is too unlikely for a float is so everywhere, and adds nothing to a mean.
        chance = weight @ rules / max(weight.sum(), TINY)
        asked = {self.group_of[column] for column in heard}
        free = sorted(self.differ(classes) - asked)
        first: list[int] = []
        columns: list[int] = []
        after: list[int] = []
        for group in free:
            first.append(len(columns))
            block = self.columns[group]
            for column in range(block.start, block.stop):
                if left := classes & self.with_option[column]:
                    columns.append(column)
                    after.append(self.position(left, (*heard, column)))
        cost = np.array([(1, self.sizes[group]) for group in free], dtype=np.float64)
        return _Moves(cost, first, chance[columns], after)

    def members(self, classes: int) -> NDArray[np.intp]:
        """Return the classes of a set, `(n_members,)`."""
        n_bytes = -(-len(self.prior) // 8)
        packed = np.frombuffer(classes.to_bytes(n_bytes, "little"), np.uint8)
        return np.flatnonzero(np.unpackbits(packed, bitorder="little"))


def _reach(world: _World, most_looks: int) -> list[_Moves] | None:
    """Return the moves of every position that play can reach, or None for too many looks."""
    world.position((1 << len(world.prior)) - 1, ())
    moves: list[_Moves] = []
    looks = 0
    for position in world.positions:  # which grow by what is found
        moves.append(world.moves(position))
        looks += len(moves[-1].after) * len(world.sizes)
        if looks > most_looks:
            return None
    return moves


def _members(owner: Tensor, n_owners: int) -> NDArray[np.bool_]:
    """Return which classes each owner has, `(n_owners, n_classes)`, from `(n_classes, ...)`."""
    found = np.zeros((n_owners, len(owner)), dtype=bool)
    found[owner.numpy().T, np.arange(len(owner))] = True
    return found


def _sets(rows: NDArray[np.bool_]) -> list[int]:
    packed = np.packbits(rows, axis=1, bitorder="little")
    return [int.from_bytes(row.tobytes(), "little") for row in packed]
