"""A policy that looks two questions ahead; it serves comparison and is not part of the engine."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from twentyq.engine.belief import outcome_mass
from twentyq.engine.gain import Channel, information_gain
from twentyq.engine.plan import Plan
from twentyq.engine.state import State


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
        joint = state.posterior[:, None] * channel.probability[:, plan.options_of(group)].T
        chance = joint.sum(dim=2)
        believed = (joint / chance[:, :, None].clamp(min=torch.finfo().tiny)).flatten(0, 1)
        bits = information_gain(channel, believed).reshape(*chance.shape, -1)
        merit = bits / plan.sizes if self.per_prompt else bits
        others = torch.arange(len(plan.groups), device=plan.device) != group
        free = (~state.asked & others & plan.informative)[:, None]
        best = merit.masked_fill(~free, -torch.inf).argmax(dim=2)
        sure = outcome_mass(plan, believed).amax(dim=1).reshape(chance.shape)
        weight = chance * (free.any(dim=2) & (sure < self.threshold))
        then_bits = bits.gather(2, best[:, :, None])[:, :, 0]
        return (weight * then_bits).sum(dim=1), (weight * plan.sizes[best]).sum(dim=1)
