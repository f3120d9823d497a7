"""Policies that look beyond the next answer: to the stop, or to the question after it.

They know the stop rule, which the engine's policies do not, or cost many posteriors for each one of
greedy play. They serve comparison, and are not part of the engine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from twentyq.engine.belief import entropy_bits, outcome_mass
from twentyq.engine.gain import Channel, information_gain
from twentyq.engine.plan import Plan
from twentyq.engine.policies import GainPolicy, GiniPolicy
from twentyq.engine.state import State


@dataclass(frozen=True, slots=True)
class ToStopPolicy:
    """Ask as a greedy policy does, but count what need not be learned after the stop as learned.

    V_g = M_g + Σ_k m(k) U(P_k) over the answers after which an outcome's posterior reaches the
    threshold; M_g is the measure of `greedy`, m(k) the chance of answer k, P_k the posterior after
    it, and U what is left of uncertainty: the entropy in bits, or the Gini impurity. Divided by K_g
    where `greedy` is per prompt.
    """

    greedy: GainPolicy | GiniPolicy
    threshold: float

    @property
    def name(self) -> str:
        """What tables call this policy."""
        return f"{self.greedy.name} to {self.threshold:g}"

    def value(self, plan: Plan, channel: Channel, state: State) -> Tensor:
        """Return V_g, `(n_images, n_groups)`."""
        spared = [self._spared(plan, channel, state, group) for group in range(len(plan.groups))]
        value = self.greedy.measure(channel, state.posterior) + torch.stack(spared, dim=1)
        return value / plan.sizes if self.greedy.per_prompt else value

    def _spared(self, plan: Plan, channel: Channel, state: State, group: int) -> Tensor:
        chance, believed = _after(plan, channel, state, group)
        if isinstance(self.greedy, GainPolicy):
            left = entropy_bits(believed)
        else:
            left = 1 - believed.square().sum(dim=2)
        return (chance * left * _reaches(plan, believed, self.threshold)).sum(dim=1)


@dataclass(frozen=True, slots=True)
class LookaheadPolicy:
    """Ask the group that starts the best pair of questions.

    V_g = EIG_g(P) + Σ_k m(k) EIG_h(P_k), where m(k) is the chance of answer k, P_k the posterior
    after it, and h = h(k) the best group to ask there. Per prompt, V_g is divided by
    K_g + Σ_k m(k) K_h, and the best h is the one of most bits per prompt.

    With a `threshold`, both sums leave out the answers after which an outcome's posterior reaches
    it: play would have ended, and asked nothing more. Without one, a pair is worth the same
    whichever of the two comes first, unless the choice of h depends on the answer.
    """

    per_prompt: bool = False
    threshold: float = math.inf

    @property
    def name(self) -> str:
        """What tables call this policy."""
        name = "lookahead-per-prompt" if self.per_prompt else "lookahead"
        return name if math.isinf(self.threshold) else f"{name} to {self.threshold:g}"

    def value(self, plan: Plan, channel: Channel, state: State) -> Tensor:
        """Return V_g, `(n_images, n_groups)`."""
        bits = information_gain(channel, state.posterior)
        prompts = plan.sizes.to(torch.float64).expand_as(bits)
        more = [self._next(plan, channel, state, group) for group in range(len(plan.groups))]
        bits = bits + torch.stack([then_bits for then_bits, _ in more], dim=1)
        prompts = prompts + torch.stack([then_prompts for _, then_prompts in more], dim=1)
        return bits / prompts if self.per_prompt else bits

    def _next(
        self, plan: Plan, channel: Channel, state: State, group: int
    ) -> tuple[Tensor, Tensor]:
        """Return the bits and prompts expected of the question after a group, `(n_images,)`."""
        chance, believed = _after(plan, channel, state, group)
        bits = information_gain(channel, believed.flatten(0, 1))
        bits = bits.reshape(*chance.shape, len(plan.groups))
        merit = bits / plan.sizes if self.per_prompt else bits
        others = torch.arange(len(plan.groups), device=plan.device) != group
        free = (~state.asked & others & plan.informative)[:, None]
        best = merit.masked_fill(~free, -torch.inf).argmax(dim=2)
        weight = chance * (free.any(dim=2) & ~_reaches(plan, believed, self.threshold))
        then_bits = bits.gather(2, best[:, :, None])[:, :, 0]
        return (weight * then_bits).sum(dim=1), (weight * plan.sizes[best]).sum(dim=1)


def _after(plan: Plan, channel: Channel, state: State, group: int) -> tuple[Tensor, Tensor]:
    """Return the chance of each answer to a group `(B, K_g)` and the belief after it `(B, K_g, N)`.

    An answer that cannot happen leaves a belief of zeros.
    """
    joint = state.posterior[:, None] * channel.probability[:, plan.options_of(group)].T
    chance = joint.sum(dim=2)
    return chance, joint / chance[:, :, None].clamp(min=torch.finfo(chance.dtype).tiny)


def _reaches(plan: Plan, believed: Tensor, threshold: float) -> Tensor:
    """Return where an outcome's posterior reaches the threshold, `(B, K_g)` bool."""
    sure = outcome_mass(plan, believed.flatten(0, 1)).amax(dim=1)
    return sure.reshape(believed.shape[:2]) >= threshold
