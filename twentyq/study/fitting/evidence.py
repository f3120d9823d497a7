"""What random subsets of the questions say of labelled pictures.

Belief and probability must be right at any depth of play, so they are fitted not to full alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from twentyq.engine.belief import posterior
from twentyq.engine.discriminant import log_ratios
from twentyq.engine.plan import Plan
from twentyq.engine.reading import Reading

SHARES = (0.2, 0.3, 0.45, 0.6, 0.8)


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The evidence that belief rests on after S subsets of the groups; the last is full.

    believed       (S, n, N) in nats
    n_informative  (S,) m, the groups asked on which the classes' rules differ
    """

    believed: Tensor
    n_informative: Tensor

    def rows(self, index: Tensor) -> Evidence:
        """Return the evidence of some pictures only."""
        return Evidence(self.believed[:, index], self.n_informative)


def draw_subsets(plan: Plan, seed: int) -> Tensor:
    """Return random subsets of the groups worth asking, the last of all of them, `(S, G)` bool."""
    groups = plan.informative.nonzero()[:, 0]
    n = len(groups)
    depths = sorted({round(share * n) for share in SHARES} & set(range(1, n)))
    random = torch.Generator().manual_seed(seed)
    subsets = torch.zeros(len(depths) + 1, len(plan.groups), dtype=torch.bool)
    for row, depth in enumerate(depths):
        subsets[row, groups[torch.randperm(n, generator=random)[:depth]]] = True
    subsets[-1, groups] = True
    return subsets


def gather(reading: Reading, similarities: Tensor, subsets: Tensor) -> Evidence:
    """Return what subsets of the groups say of pictures with these cosines, `(n, n_prompts)`."""
    plan = reading.plan
    rules = similarities.new_zeros(len(subsets), len(similarities), len(plan.classes))
    ratios = similarities.new_zeros(similarities.shape)
    for group in range(len(plan.groups)):
        columns = plan.options_of(group)
        answers = reading.answer(group, similarities[:, columns])
        rules[subsets[:, group]] += reading.evidence(group, answers)[:, plan.spread(group)]
        ratios[:, columns] = log_ratios(answers)
    believed = [
        reading.believed(of_subset, subset.expand(len(ratios), -1), ratios)
        for of_subset, subset in zip(rules, subsets, strict=True)
    ]
    return Evidence(torch.stack(believed), (subsets & plan.informative).sum(dim=1))


def mean_loss(
    plan: Plan, evidence: Evidence, truth: Tensor, *, weight: float = 1.0, redundancy: float
) -> Tensor:
    """Return the mean log loss over pictures and subsets of softmax(weight · s_m · evidence)."""
    n_subsets, n_images, _ = evidence.believed.shape
    m = evidence.n_informative.repeat_interleave(n_images)
    probability = posterior(plan, weight * evidence.believed.flatten(0, 1), m, redundancy)
    return log_loss(plan, probability, truth.repeat(n_subsets)).mean()


def log_loss(plan: Plan, probability: Tensor, truth: Tensor) -> Tensor:
    """Return −log of the probability of the true label in nats, `(n_images,)`.

    `probability` is of classes, `(n_images, n_classes)`; `truth` indexes labels.
    """
    if len(plan.labels) == len(plan.classes):
        mass = probability.gather(1, truth[:, None])[:, 0]
    else:
        mass = (probability * (plan.label_of == truth[:, None])).sum(dim=1)
    return -torch.log(mass.clamp(min=torch.finfo(mass.dtype).tiny))
