"""Which group to ask next.

A policy gives every group of every picture a value; the groups that may still be asked are the
candidates, and the candidate of greatest value is asked. Ties go to the group that stands first in
the file.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
import torch
from torch import Tensor

from twentyq.engine.gain import Channel, gini_gain, information_gain
from twentyq.engine.plan import Plan
from twentyq.engine.state import State
from twentyq.engine.ties import first_largest
from twentyq.errors import UsageError, shown, suggestion

# Values in single precision are right to some 1e-6; those of the best groups that differ by more
# than this are in the right order.
CLOSE = 1e-4


class Policy(Protocol):
    """Values groups; `name` is how the command line writes it."""

    @property
    def name(self) -> str:
        """How the command line writes this policy."""

    def value(self, plan: Plan, channel: Channel, state: State) -> Tensor:
        """Return the value of asking each group next, `(n_images, n_groups)`; −∞ forbids it."""


@dataclass(frozen=True, slots=True)
class GreedyPolicy(ABC):
    """Ask the group of the largest expected gain by some measure, in all or per prompt."""

    per_prompt: bool = False

    word: ClassVar[str]

    @abstractmethod
    def measure(self, channel: Channel, posterior: Tensor) -> Tensor:
        """Return the expected gain of each group, `(n_images, n_groups)`."""

    @property
    def name(self) -> str:
        """How the command line writes this policy."""
        return f"{self.word}-per-prompt" if self.per_prompt else self.word

    def value(self, plan: Plan, channel: Channel, state: State) -> Tensor:
        """Return the measure of each group, divided by its prompts where it is per prompt."""
        gain = self.measure(channel, state.posterior)
        return gain / plan.sizes if self.per_prompt else gain


@dataclass(frozen=True, slots=True)
class GainPolicy(GreedyPolicy):
    """Ask the group with the largest expected information gain, in bits or in bits per prompt."""

    word: ClassVar[str] = "gain"

    def measure(self, channel: Channel, posterior: Tensor) -> Tensor:
        """Return EIG_g in bits."""
        return information_gain(channel, posterior)


@dataclass(frozen=True, slots=True)
class GiniPolicy(GreedyPolicy):
    """Ask the group with the largest expected drop of Gini impurity, in all or per prompt."""

    word: ClassVar[str] = "gini"

    def measure(self, channel: Channel, posterior: Tensor) -> Tensor:
        """Return Δ_g."""
        return gini_gain(channel, posterior)


@dataclass(frozen=True, slots=True)
class FixedPolicy(ABC):
    """Value groups without regard to what was answered: once for a game is enough."""

    @abstractmethod
    def values(self, plan: Plan, channel: Channel, pictures: Tensor) -> Tensor:
        """Return the value of each group for pictures by their numbers, `(n_images, n_groups)`."""

    def value(self, plan: Plan, channel: Channel, state: State) -> Tensor:
        """Return the values of the pictures in this state."""
        return self.values(plan, channel, state.picture)


@dataclass(frozen=True, slots=True)
class StaticPolicy(FixedPolicy):
    """Ask every picture the same groups in one order, by default by gain from the prior.

    Groups that `order` leaves out are never asked.
    """

    order: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """How the command line writes this policy."""
        return "static" if not self.order else f"static:{','.join(self.order)}"

    def values(self, plan: Plan, channel: Channel, pictures: Tensor) -> Tensor:
        """Return the gain from the prior, or the place in the order, the same for every picture."""
        if not self.order:
            value = information_gain(channel, torch.exp(plan.log_prior)[None])
        else:
            value = _by_place(plan, torch.tensor([self.groups(plan)], device=plan.device))
        return value.expand(len(pictures), -1)

    def groups(self, plan: Plan) -> list[int]:
        """Return the groups of the order; raises UsageError for an unknown or repeated one."""
        order = [_group_index(plan, name) for name in self.order]
        if len(set(order)) < len(order):
            raise UsageError(
                "the order names a group twice",
                where="policy",
                got=shown(self.name),
                mend="name each group once",
            )
        return order


@dataclass(frozen=True, slots=True)
class FileOrderPolicy(FixedPolicy):
    """Ask the groups as they stand in the file, as the article's code does."""

    name: str = "file-order"

    def values(self, plan: Plan, channel: Channel, pictures: Tensor) -> Tensor:
        """Return the same value for every group: the tie goes to the first in the file."""
        del channel
        return torch.zeros(len(pictures), len(plan.groups), device=plan.device)


@dataclass(frozen=True, slots=True)
class RandomPolicy(FixedPolicy):
    """Ask the groups in an order drawn for each picture from a seed and the picture's number."""

    seed: int = 0

    @property
    def name(self) -> str:
        """How the command line writes this policy."""
        return f"random:{self.seed}" if self.seed else "random"

    def values(self, plan: Plan, channel: Channel, pictures: Tensor) -> Tensor:
        """Return random values that do not depend on the batch a picture is in."""
        del channel
        if not len(pictures):
            return torch.zeros(0, len(plan.groups), device=plan.device)
        first, last = int(pictures.min()), int(pictures.max())
        # Philox counts in blocks of four numbers, so each picture owns whole blocks.
        blocks = -(-len(plan.groups) // 4)
        source = np.random.Philox(key=self.seed).advance(first * blocks)
        drawn = np.random.Generator(source).random((last - first + 1, 4 * blocks))
        values = torch.from_numpy(drawn[:, : len(plan.groups)]).to(plan.device)
        return values[pictures - first]


@dataclass(frozen=True, slots=True, eq=False)
class GivenPolicy(FixedPolicy):
    """Ask each picture the groups of its own given order, `(n_images, ≤ n_groups)` padded with −1.

    Rows are found by the picture's number. This replays a trace.
    """

    orders: Tensor
    name: str = "given"

    def values(self, plan: Plan, channel: Channel, pictures: Tensor) -> Tensor:
        """Return the place in the picture's own order; groups that are not in it are forbidden."""
        del channel
        return _by_place(plan, self.orders.to(plan.device)[pictures])


def fixed_values(policy: Policy, plan: Plan, channel: Channel, pictures: Tensor) -> Tensor | None:
    """Return values that hold for a whole game, `(n_images, n_groups)`; None if belief decides."""
    return policy.values(plan, channel, pictures) if isinstance(policy, FixedPolicy) else None


def choose(
    plan: Plan,
    channel: Channel,
    policy: Policy,
    state: State,
    candidates: Tensor,
    *,
    rough: Channel | None = None,
    fixed: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the group each picture asks next `(B,)`, −1 for none, and every value `(B, G)`.

    `candidates` is `(n_images, n_groups)` bool; the value of a group that is none is −∞. With
    `rough`, the channel in single precision, values are rounded; pictures whose best groups are
    then too close to tell apart are valued again by `channel`, so that the choice is the same.
    Which these are, the host must look up. `fixed` are the policy's `fixed_values`, where they
    were computed before.
    """

    def value_by(channel: Channel, state: State, candidates: Tensor) -> Tensor:
        value = policy.value(plan, channel, state) if fixed is None else fixed
        return value.to(torch.float64).masked_fill(~candidates, -torch.inf)

    value = value_by(channel if rough is None else rough, state, candidates)
    possible = (value > -torch.inf).any(dim=1)
    if rough is not None:
        near = value >= value.amax(dim=1, keepdim=True) - CLOSE
        unclear = (possible & (near.sum(dim=1) > 1)).nonzero()[:, 0]
        if len(unclear):
            value[unclear] = value_by(channel, state.rows(unclear), candidates[unclear])
    return torch.where(possible, first_largest(value), -1), value


def _group_index(plan: Plan, name: str) -> int:
    if name not in plan.groups:
        raise UsageError(
            "the order names a group that the system does not have",
            where="policy",
            got=shown(name),
            allowed=", ".join(plan.groups),
            mend=suggestion(name, plan.groups),
        )
    return plan.groups.index(name)


def _by_place(plan: Plan, orders: Tensor) -> Tensor:
    """Value groups by their place in orders padded with −1, `(n, ≤ n_groups)`; −∞ for the rest."""
    width = len(plan.groups)
    place = torch.arange(orders.shape[1], 0, -1, dtype=torch.float64, device=plan.device)
    value = place.new_full((len(orders), width + 1), -torch.inf)
    # The padding falls into a last column that is then dropped.
    column = torch.where(orders >= 0, orders, width)
    return value.scatter(1, column, place.expand_as(column).contiguous())[:, :width]
