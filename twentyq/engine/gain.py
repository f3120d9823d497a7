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

    rules         (N, Q) what a class answers but for noise: R; or C itself, where noise is in it
    noise         1 − η_g and η_g / K_g, both (Q,), or None: so that a large C need not be kept
    entropy       (N, G) entropy in bits of each class's answer to each group
    option_group  (Q,) the group of each option
    most_bits     (G,) log2 K_g, which no gain can exceed
    """

    rules: Tensor
    noise: tuple[Tensor, Tensor] | None
    entropy: Tensor
    option_group: Tensor
    most_bits: Tensor

    @property
    def probability(self) -> Tensor:
        """C(k | c) = (1 − η_g) R(c, k) + η_g / K_g, or R · C_g, `(n_classes, n_prompts)`."""
        return _noisy(self.rules, self.noise)


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
    rules, with_noise = plan.rules, None
    if confusion is not None:
        rules = _confused(plan, confusion)
    else:
        eta = eta.expand(len(plan.groups))[plan.option_group]
        with_noise = 1 - eta, eta / plan.sizes[plan.option_group]
    parts = torch.split(rules, max(1, LARGEST_ARRAY // plan.n_prompts))
    n_groups = len(plan.groups)
    entropy = [
        _entropy(_noisy(some, with_noise).T, plan.option_group, n_groups).T for some in parts
    ]
    most_bits = torch.log2(plan.sizes.to(torch.float64))
    return Channel(rules, with_noise, torch.cat(entropy), plan.option_group, most_bits)


def single_precision(channel: Channel) -> Channel:
    """Return a channel in float32, by which gains take half the time and differ by some 1e-6."""
    rules = channel.rules.to(torch.float32)
    if channel.noise is not None:
        keep, floor = (part.to(torch.float32) for part in channel.noise)
        # In place of the copy: a large system's rules fill much of the memory.
        rules = rules.mul_(keep).add_(floor)
    entropy, most_bits = (array.to(torch.float32) for array in (channel.entropy, channel.most_bits))
    return Channel(rules, None, entropy, channel.option_group, most_bits)


def information_gain(channel: Channel, posterior: Tensor) -> Tensor:
    """Return the expected information gain of every group in bits, `(n_images, n_groups)`.

    EIG_g = H(Σ_c P(c) C_g(· | c)) − Σ_c P(c) H(C_g(· | c)), the mutual information of class and
    answer under the channel. `posterior` is `(n_images, n_classes)`.
    """
    posterior = posterior.to(channel.rules.dtype)
    answers = _expected_answer(channel, posterior)
    spread = _entropy(answers, channel.option_group, len(channel.most_bits)).T
    gain = spread - posterior @ channel.entropy
    return torch.minimum(gain.clamp(min=0), channel.most_bits)


def gini_gain(channel: Channel, posterior: Tensor) -> Tensor:
    """Return the expected drop of Gini impurity of every group, `(n_images, n_groups)`.

    Δ_g = Σ_k (Σ_c P(c)² C_g(k | c)²) / (Σ_c P(c) C_g(k | c)) − Σ_c P(c)².
    """
    posterior = posterior.to(channel.rules.dtype)
    squared = posterior.square()
    numerator = channel.probability.square().T @ squared.T
    answers = _expected_answer(channel, posterior)
    # An answer that cannot happen adds nothing.
    share = torch.where(answers > 0, numerator / answers, 0.0)
    purity = _sum_groups(share, channel.option_group, len(channel.most_bits)).T
    return (purity - squared.sum(dim=-1, keepdim=True)).clamp(min=0)


def _expected_answer(channel: Channel, posterior: Tensor) -> Tensor:
    """Return Σ_c P(c) C(k | c), options by images, `(n_prompts, n_images)`.

    In this layout the options of a group are whole rows, which add up many times faster.
    """
    answers = channel.rules.T @ posterior.T
    if channel.noise is None:
        return answers
    keep, floor = channel.noise
    return torch.outer(floor, posterior.sum(dim=1)).addcmul_(keep[:, None], answers)


def _noisy(rules: Tensor, noise: tuple[Tensor, Tensor] | None) -> Tensor:
    return rules if noise is None else torch.addcmul(noise[1], noise[0], rules)


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
