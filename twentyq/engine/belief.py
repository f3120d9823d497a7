"""Belief over classes: the posterior, its entropy, and the mass behind a label."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from twentyq.engine.plan import Plan
from twentyq.errors import UsageError


@dataclass(frozen=True, slots=True)
class BeliefSettings:
    """The noise that belief allows for.

    `epsilon` is the share of answers that say nothing; `redundancy` (ρ) discounts the evidence of m
    groups by 1 / (1 + ρ (m − 1)), because groups repeat each other.
    """

    epsilon: float = 0.02
    redundancy: float = 0.1

    def __post_init__(self) -> None:
        if not 1e-6 <= self.epsilon < 1:
            raise UsageError(
                "epsilon must leave room for a wrong answer",
                where="epsilon",
                got=str(self.epsilon),
                allowed="1e-6 to below 1",
            )
        if not 0 <= self.redundancy < math.inf:
            raise UsageError(
                "redundancy must not be negative",
                where="redundancy",
                got=str(self.redundancy),
                allowed="0 or more",
            )


def posterior(plan: Plan, evidence: Tensor, n_informative: Tensor, redundancy: float) -> Tensor:
    """Return P(c) ∝ π(c) exp(s_m · evidence(c)), `(n_images, n_classes)`; s_m = 1 / (1 + ρ(m − 1)).

    `evidence` is the sum of log-likelihoods over the groups asked, `(n_images, n_classes)` in nats;
    `n_informative` is m, the groups asked on which the classes' rules differ, `(n_images,)`.
    """
    repeats = (n_informative - 1).clamp(min=0).to(torch.float64)
    discount = 1 / (1 + redundancy * repeats)
    return torch.softmax(plan.log_prior + discount[:, None] * evidence, dim=-1)


def entropy_bits(probabilities: Tensor) -> Tensor:
    """Return the entropy over the last axis in bits, with 0 · log 0 = 0."""
    nats: Tensor = torch.special.entr(probabilities).sum(dim=-1)
    return nats / math.log(2)


def same_outcome(plan: Plan, leader: Tensor) -> Tensor:
    """Return which classes stand or fall with the leader, `(n_images, n_classes)` bool.

    These are its tie set, which no answer can tell from it, and the classes that share its label.
    `leader` is the class that would be returned, `(n_images,)`.
    """
    tied = plan.tie_of == plan.tie_of.index_select(0, leader)[:, None]
    if len(plan.labels) == len(plan.classes):
        return tied
    return tied | (plan.label_of == plan.label_of.index_select(0, leader)[:, None])


def label_mass(plan: Plan, probabilities: Tensor) -> Tensor:
    """Return for each class the probability of all classes with its label, like the input."""
    by_label = probabilities.new_zeros(len(probabilities), len(plan.labels))
    by_label.index_add_(1, plan.label_of, probabilities)
    return by_label[:, plan.label_of]


def outcome_mass(plan: Plan, probabilities: Tensor) -> Tensor:
    """Return for each class the probability of its tie set and label together, like the input."""
    by_tie, by_pair = torch.zeros_like(probabilities), torch.zeros_like(probabilities)
    by_tie.index_add_(1, plan.tie_of, probabilities)
    by_pair.index_add_(1, plan.pair_of, probabilities)
    union = by_tie[:, plan.tie_of] + label_mass(plan, probabilities) - by_pair[:, plan.pair_of]
    return union.clamp(min=0)
