"""When to stop asking.

A stop rule looks at where each picture stands and says whether that is enough. Rules combine:
`a|b` stops when either does, `a&b` when both do, and `&` binds more strongly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
from torch import Tensor

from twentyq.engine.agreement import RuleMoments, agreement_z
from twentyq.engine.belief import outcome_mass, same_outcome
from twentyq.engine.certain import is_certain
from twentyq.engine.plan import Plan
from twentyq.engine.state import State


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """A state with the class that would be returned, `leader` `(n_images,)`.

    `moments` say what the groups still to be asked may bring, where a calibration knows. With
    `fixed_shapes` rules do not look at what arrays hold, so that nobody waits for a device.
    """

    plan: Plan
    state: State
    leader: Tensor
    moments: RuleMoments | None = None
    fixed_shapes: bool = False


class StopRule(Protocol):
    """Says which pictures have been asked enough."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """How the command line writes each rule that can stop play on its own."""

    @property
    def needs_score(self) -> bool:
        """Whether the rule speaks of the score, and so needs the decision by score."""

    @property
    def targets(self) -> tuple[float, ...]:
        """The shares of agreement with full for which a calibration must hold a threshold."""

    def fired(self, standing: Standing) -> Tensor:
        """Return which of `reasons` hold, `(n_images, n_reasons)` bool."""


class _Simple:
    """A rule that needs nothing, unless it says so."""

    __slots__ = ()

    needs_score: ClassVar[bool] = False

    @property
    def targets(self) -> tuple[float, ...]:
        """None: the rule asks for no share of agreement."""
        return ()


@dataclass(frozen=True, slots=True)
class _OnPosterior(_Simple):
    """A rule that compares something of the posterior with a threshold."""

    threshold: float

    @property
    def reasons(self) -> tuple[str, ...]:
        """How the command line writes this rule."""
        return (f"{type(self).__name__.lower()}:{self.threshold:.15g}",)


@dataclass(frozen=True, slots=True)
class Confidence(_OnPosterior):
    """Stop when the posterior of the outcome that would be returned reaches a threshold."""

    def fired(self, standing: Standing) -> Tensor:
        """Return whether the posterior of leader, tie set and label together is high enough."""
        return (outcome_posterior(standing) >= self.threshold)[:, None]


@dataclass(frozen=True, slots=True)
class Margin(_OnPosterior):
    """Stop when the outcome's posterior exceeds that of every other outcome by a threshold."""

    def fired(self, standing: Standing) -> Tensor:
        """Return whether the lead in posterior over the best other outcome is large enough."""
        return (outcome_margin(standing) >= self.threshold)[:, None]


@dataclass(frozen=True, slots=True)
class Questions(_Simple):
    """Stop after a number of groups."""

    count: int

    @property
    def reasons(self) -> tuple[str, ...]:
        """How the command line writes this rule."""
        return (f"questions:{self.count}",)

    def fired(self, standing: Standing) -> Tensor:
        """Return whether that many groups were asked."""
        return (standing.state.asked.sum(dim=1) >= self.count)[:, None]


@dataclass(frozen=True, slots=True)
class Certain(_Simple):
    """Stop when no answer still to come can change the label of full; lossless."""

    needs_score: ClassVar[bool] = True
    reasons: ClassVar[tuple[str, ...]] = ("certain",)

    def fired(self, standing: Standing) -> Tensor:
        """Return whether the leader is proved."""
        plan, state, leader = standing.plan, standing.state, standing.leader
        return is_certain(plan, state, leader, fixed_shapes=standing.fixed_shapes)[:, None]


@dataclass(frozen=True, slots=True)
class Agrees(_Simple):
    """Stop when full would return the same label for at least a target share of pictures."""

    target: float

    needs_score: ClassVar[bool] = True

    @property
    def reasons(self) -> tuple[str, ...]:
        """How the command line writes this rule."""
        return (f"agrees:{self.target:.15g}",)

    @property
    def targets(self) -> tuple[float, ...]:
        """The one share that it asks for."""
        return (self.target,)

    def fired(self, standing: Standing) -> Tensor:
        """Return whether z reaches the threshold that kept the target on other pictures.

        Raises KeyError where the calibration has no threshold for it; `Game` sees to that.
        """
        moments = standing.moments
        if moments is None:
            raise KeyError(self.target)
        z = agreement_z(standing.plan, moments, standing.state, standing.leader)
        return (z >= moments.thresholds[self.target])[:, None]


@dataclass(frozen=True, slots=True)
class Never(_Simple):
    """Ask everything that can tell classes apart."""

    reasons: ClassVar[tuple[str, ...]] = ("none",)

    def fired(self, standing: Standing) -> Tensor:
        """Return False for every picture."""
        return torch.zeros_like(standing.leader, dtype=torch.bool)[:, None]


@dataclass(frozen=True, slots=True)
class _Joint:
    """A rule made of others."""

    rules: tuple[StopRule, ...]

    @property
    def needs_score(self) -> bool:
        """Whether any part speaks of the score."""
        return any(rule.needs_score for rule in self.rules)

    @property
    def targets(self) -> tuple[float, ...]:
        """The targets of all parts."""
        return tuple(target for rule in self.rules for target in rule.targets)


@dataclass(frozen=True, slots=True)
class Either(_Joint):
    """Stop when any of several rules does; the first of them names the reason."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons of all parts."""
        return tuple(reason for rule in self.rules for reason in rule.reasons)

    def fired(self, standing: Standing) -> Tensor:
        """Return what holds of all parts, side by side."""
        return torch.cat([rule.fired(standing) for rule in self.rules], dim=1)


@dataclass(frozen=True, slots=True)
class Both(_Joint):
    """Stop when all of several rules do."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """The one joint reason."""
        return ("&".join("|".join(rule.reasons) for rule in self.rules),)

    def fired(self, standing: Standing) -> Tensor:
        """Return whether every part holds."""
        parts = [rule.fired(standing).any(dim=1) for rule in self.rules]
        return torch.stack(parts).all(dim=0)[:, None]


def outcome_margin(standing: Standing) -> Tensor:
    """Return the lead of the outcome's posterior over the best other outcome, `(n_images,)`."""
    plan = standing.plan
    others = standing.state.posterior.masked_fill(same_outcome(plan, standing.leader), 0.0)
    return outcome_posterior(standing) - outcome_mass(plan, others).amax(dim=1)


def outcome_posterior(standing: Standing) -> Tensor:
    """Return the posterior of the leader, its tie set and its label together, `(n_images,)`."""
    return mass_of_outcome(standing, standing.state.posterior)


def mass_of_outcome(standing: Standing, probabilities: Tensor) -> Tensor:
    """Return the part of `(n_images, n_classes)` that leader, tie set and label hold together."""
    members = same_outcome(standing.plan, standing.leader)
    # Rounding may carry the sum of all classes a last bit above 1.
    return (probabilities * members).sum(dim=1).clamp(max=1)
