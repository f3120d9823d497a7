"""What asking a group is expected to bring, computed from the rules before anything is asked.

Planning uses its own noise, a channel that turns the true option into a random one with
probability η. It is noisier than belief's ε on purpose: it keeps the planner from trusting one
group to decide everything.

Sources: D. V. Lindley (1956), On a measure of the information provided by an experiment, for the
expected information gain; D. Golovin, A. Krause & D. Ray (2010), Near-optimal Bayesian active
learning with noisy observations, for the expected drop of Gini impurity (EffECXtive).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from twentyq.engine.plan import Plan
from twentyq.errors import UsageError, shown

DEFAULT_NOISE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Channel:
    """How planning expects classes to answer.

    probability   (N, Q) C(k | c) = (1 − η_g) R(c, k) + η_g / K_g, or R · C_g
    entropy       (N, G) entropy in bits of each class's answer to each group
    option_group  (Q,) the group of each option
    most_bits     (G,) log2 K_g, which no gain can exceed
    """

    probability: Tensor
    entropy: Tensor
    option_group: Tensor
    most_bits: Tensor


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
    if confusion is not None:
        probability = _confused(plan, confusion)
    else:
        eta = eta.expand(len(plan.groups))[plan.option_group]
        uniform = 1 / plan.sizes.to(torch.float64)[plan.option_group]
        probability = (1 - eta) * plan.rules + eta * uniform
    return Channel(
        probability,
        _group_entropy(probability, plan.option_group, len(plan.groups)),
        plan.option_group,
        torch.log2(plan.sizes.to(torch.float64)),
    )


def information_gain(channel: Channel, posterior: Tensor) -> Tensor:
    """Return the expected information gain of every group in bits, `(n_images, n_groups)`.

    EIG_g = H(Σ_c P(c) C_g(· | c)) − Σ_c P(c) H(C_g(· | c)), the mutual information of class and
    answer under the channel. `posterior` is `(n_images, n_classes)`.
    """
    expected_answer = posterior @ channel.probability
    n_groups = len(channel.most_bits)
    spread = _group_entropy(expected_answer, channel.option_group, n_groups)
    gain = spread - posterior @ channel.entropy
    return torch.minimum(gain.clamp(min=0), channel.most_bits)


def gini_gain(channel: Channel, posterior: Tensor) -> Tensor:
    """Return the expected drop of Gini impurity of every group, `(n_images, n_groups)`.

    Δ_g = Σ_k (Σ_c P(c)² C_g(k | c)²) / (Σ_c P(c) C_g(k | c)) − Σ_c P(c)².
    """
    squared = posterior.square()
    numerator = squared @ channel.probability.square()
    expected_answer = posterior @ channel.probability
    # An answer that cannot happen adds nothing.
    share = torch.where(expected_answer > 0, numerator / expected_answer, 0.0)
    purity = _sum_groups(share, channel.option_group, len(channel.most_bits))
    return (purity - squared.sum(dim=-1, keepdim=True)).clamp(min=0)


def _confused(plan: Plan, confusion: Tensor) -> Tensor:
    blocks = [
        plan.rules[:, plan.options_of(group)] @ confusion[plan.options_of(group), :size]
        for group, size in enumerate(plan.sizes.tolist())
    ]
    return torch.cat(blocks, dim=1)


def _group_entropy(probability: Tensor, option_group: Tensor, n_groups: int) -> Tensor:
    return _sum_groups(torch.special.entr(probability), option_group, n_groups) / math.log(2)


def _sum_groups(values: Tensor, option_group: Tensor, n_groups: int) -> Tensor:
    return values.new_zeros(len(values), n_groups).index_add_(1, option_group, values)
