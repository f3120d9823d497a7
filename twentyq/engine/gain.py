"""What asking a group is expected to bring, computed from the rules before anything is asked.

Planning uses its own noise, a channel that turns the true option into a random one with
probability η. It is noisier than belief's ε on purpose: it keeps the planner from trusting one
group to decide everything.

Sources: D. V. Lindley (1956), On a measure of the information provided by an experiment, for the
expected information gain; D. Golovin, A. Krause & D. Ray (2010), Near-optimal Bayesian active
learning with noisy observations, for the expected drop of Gini impurity (EffECXtive).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from twentyq.engine.plan import Plan
from twentyq.errors import UsageError, shown

DEFAULT_NOISE = 0.5
LARGEST_ARRAY = 2**24


@dataclass(frozen=True, slots=True, eq=False)
class Channel:
    """How planning expects classes to answer.

    rules         (N, Q) what a class answers but for noise: R, or R · C_g
    keep          (Q,) the chance that it does, 1 − η_g
    floor         (Q,) what noise adds to every option, η_g / K_g
    entropy       (N, G) entropy in bits of each class's answer to each group
    option_group  (Q,) the group of each option
    most_bits     (G,) log2 K_g, which no gain can exceed
    """

    rules: Tensor
    keep: Tensor
    floor: Tensor
    entropy: Tensor
    option_group: Tensor
    most_bits: Tensor

    @property
    def probability(self) -> Tensor:
        """C(k | c) = (1 − η_g) R(c, k) + η_g / K_g, `(n_classes, n_prompts)`."""
        return self.keep * self.rules + self.floor


def build_channel(
    plan: Plan, noise: float | Tensor = DEFAULT_NOISE, confusion: Tensor | None = None
) -> Channel:
    """Build the planning channel of a plan; `noise` is η, and 0 gives the noise-free gain.

    `noise` may differ by group, `(n_groups,)`. `confusion`, `(Q, K)` as in `Calibration`, takes its
    place: what an encoder was seen to confuse is its noise. Raises UsageError where `noise` is not
    between 0 and 1.
    """
    eta = torch.as_tensor(noise, dtype=torch.float64, device=plan.device)
    if not bool(((eta >= 0) & (eta <= 1)).all()):
        raise UsageError(
            "planning noise is a probability",
            where="noise",
            got=shown(str(eta.tolist())),
            allowed="0 to 1",
        )
    if confusion is None:
        rules, eta = plan.rules, eta.expand(len(plan.groups))[plan.option_group]
    else:
        rules, eta = _confused(plan, confusion), eta.new_zeros(plan.n_prompts)
    keep, floor = 1 - eta, eta / plan.sizes[plan.option_group]
    step = max(1, LARGEST_ARRAY // plan.n_prompts)
    entropy = [
        _entropy((keep * some + floor).T, plan.option_group, len(plan.groups)).T
        for some in torch.split(rules, step)
    ]
    return Channel(
        rules,
        keep,
        floor,
        torch.cat(entropy),
        plan.option_group,
        torch.log2(plan.sizes.to(torch.float64)),
    )


def single_precision(channel: Channel) -> Channel:
    """Return a channel in float32, with which gains take half the time and have a lesser part.

    They are those of the float64 channel to within half of `policies.CLOSE`.
    """
    arrays = (channel.rules, channel.keep, channel.floor, channel.entropy)
    rules, keep, floor, entropy = (array.to(torch.float32) for array in arrays)
    return Channel(
        rules, keep, floor, entropy, channel.option_group, channel.most_bits.to(torch.float32)
    )


def information_gain(channel: Channel, posterior: Tensor) -> Tensor:
    """Return the expected information gain of every group in bits, `(n_images, n_groups)`.

    EIG_g = H(Σ_c P(c) C_g(· | c)) − Σ_c P(c) H(C_g(· | c)), the mutual information of class and
    answer under the channel. `posterior` is `(n_images, n_classes)`.
    """
    posterior = posterior.to(channel.rules.dtype)
    answers = _expected(channel, posterior, channel.keep, channel.floor)
    spread = _entropy(answers, channel.option_group, len(channel.most_bits)).T
    gain = spread - posterior @ channel.entropy
    return torch.minimum(gain.clamp(min=0), channel.most_bits)


def gini_gain(channel: Channel, posterior: Tensor) -> Tensor:
    """Return the expected drop of Gini impurity of every group, `(n_images, n_groups)`.

    Δ_g = Σ_k (Σ_c P(c)² C_g(k | c)²) / (Σ_c P(c) C_g(k | c)) − Σ_c P(c)².
    """
    posterior = posterior.to(channel.rules.dtype)
    squared = posterior.square()
    keep, floor = channel.keep, channel.floor
    # C² = keep² R² + 2 keep floor R + floor²
    numerator = _expected(channel, squared, 2 * keep * floor, floor.square())
    numerator += keep.square()[:, None] * (channel.rules.square().T @ squared.T)
    answers = _expected(channel, posterior, keep, floor)
    # An answer that cannot happen adds nothing.
    share = torch.where(answers > 0, numerator / answers, 0.0)
    purity = _sum_groups(share, channel.option_group, len(channel.most_bits)).T
    return (purity - squared.sum(dim=-1, keepdim=True)).clamp(min=0)


def _expected(channel: Channel, weights: Tensor, factor: Tensor, offset: Tensor) -> Tensor:
    """Return Σ_c w(c) [factor · R(c, k) + offset], options by images, `(n_prompts, n_images)`.

    In this layout the options of a group are whole rows, which add up many times faster.
    """
    noise = torch.outer(offset, weights.sum(dim=1))
    return noise.addcmul_(factor[:, None], channel.rules.T @ weights.T)


def _confused(plan: Plan, confusion: Tensor) -> Tensor:
    blocks = [
        plan.rules[:, plan.options_of(group)] @ confusion[plan.options_of(group), :size]
        for group, size in enumerate(plan.sizes.tolist())
    ]
    return torch.cat(blocks, dim=1)


def _entropy(probability: Tensor, option_group: Tensor, n_groups: int) -> Tensor:
    """Return the entropy in bits of each group's options, `(n_groups, n)` from `(n_prompts, n)`."""
    # torch.special.entr takes one number at a time; this logarithm takes many.
    logs = probability.clamp(min=torch.finfo(probability.dtype).tiny).log2_()
    return -_sum_groups(logs.mul_(probability), option_group, n_groups)


def _sum_groups(values: Tensor, option_group: Tensor, n_groups: int) -> Tensor:
    return values.new_zeros(n_groups, values.shape[1]).index_add_(0, option_group, values)
