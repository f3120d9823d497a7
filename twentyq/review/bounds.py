"""How few questions and prompts any strategy needs to find the label with noise-free answers.

What noise-free means, and when play ends, is told in `least`. Where it ends, the classes still
possible share a label, or any two of them have an option in common in every group. So every play
finds out at least which *part* of the system the class lies in, where parts are the smallest sets
that keep such classes together. `bits` is the entropy of the part.

Entropy bound. Given the class, an answer is independent of all that was answered before; so what a
strategy hears from group g, over all games, is at most bits_g = I(C; A_g). It is also at most
q_g log2 K_g, where q_g is the chance that it asks g, and K_g counts the options that classes have.
One group, the first, is always asked. The least Σ q_g cost_g that reaches `bits` within these
limits is a fractional knapsack, filled in the order of cost_g / log2 K_g, and no strategy has a
smaller mean. (C. E. Shannon, 1948, A Mathematical Theory of Communication; G. B. Dantzig, 1957,
Discrete-variable extremum problems, for the knapsack.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from scipy.sparse.csgraph import connected_components
from torch import Tensor

from twentyq.engine.plan import Plan
from twentyq.review.information import NO_BITS, group_bits
from twentyq.review.least import Least, least_cost


@dataclass(frozen=True, slots=True)
class Bounds:
    """What finding the label costs at least.

    `bits` must be heard. No strategy has a mean below `questions` or `prompts`, the entropy bound.
    `least` is what the best strategies need, or None where there are too many positions.
    """

    bits: float
    questions: float
    prompts: float
    least: Least | None


def find_bounds(plan: Plan) -> Bounds:
    """Return the bounds of a plan."""
    bits = label_bits(plan)
    costs = (torch.ones_like(plan.sizes), plan.sizes)
    questions, prompts = (entropy_bound(plan, bits, cost) for cost in costs)
    return Bounds(bits, questions, prompts, least_cost(plan))


def label_bits(plan: Plan) -> float:
    """Return the entropy in bits of what every play finds out, as far as the rules alone tell."""
    alike = plan.label_of[:, None] == plan.label_of
    overlap = torch.ones_like(alike)
    for group in range(len(plan.groups)):
        possible = (plan.rules[:, plan.options_of(group)] > 0).to(torch.float32)
        overlap &= possible @ possible.T > 0
    n_parts, part = connected_components((alike | overlap).numpy(), directed=False)
    prior = torch.exp(plan.log_prior)
    mass = prior.new_zeros(n_parts).index_add_(0, torch.from_numpy(part).long(), prior)
    return abs(float(torch.special.entr(mass).sum())) / math.log(2)


def entropy_bound(plan: Plan, bits: float, cost: Tensor) -> float:
    """Return the entropy bound on the mean cost of hearing so many bits.

    `cost` is what asking each group costs, `(n_groups,)`.
    """
    told = group_bits(plan)
    answered = torch.zeros_like(told).index_add_(
        0, plan.option_group, (plan.rules > 0).any(dim=0).to(told.dtype)
    )
    asked = told > NO_BITS
    if bits <= NO_BITS or not asked.any():
        return 0.0
    told, price, cost = told[asked], (cost / torch.log2(answered))[asked], cost[asked]
    order = torch.argsort(price, stable=True)
    told, price, cost = told[order], price[order], cost[order]
    # Row f: group f comes first, at its full cost, and the others are filled in by price.
    others = told * (1 - torch.eye(len(told), dtype=told.dtype))
    before = others.cumsum(dim=1) - others
    heard = torch.minimum((bits - told[:, None] - before).clamp(min=0), others)
    return float((cost + heard @ price).min())
