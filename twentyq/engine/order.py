"""One order of groups for all pictures, learned from labelled ones."""

from __future__ import annotations

import torch
from torch import Tensor

from twentyq.engine.answers import answer, log_likelihood, rule_means
from twentyq.engine.belief import BeliefSettings, posterior
from twentyq.engine.plan import Plan


def learn_order(
    plan: Plan,
    similarities: Tensor,
    truth: Tensor,
    scale: float,
    settings: BeliefSettings | None = None,
) -> tuple[str, ...]:
    """Return the informative groups in greedy order of the drop of log loss per prompt.

    Starting from nothing asked, the group comes next that lowers the mean log loss of the true
    class the most for each prompt it costs. `similarities` are the cosines of labelled pictures,
    `(n_images, n_prompts)`, and `truth` their classes, `(n_images,)`.
    """
    settings = settings or BeliefSettings()
    left = plan.informative.nonzero()[:, 0].tolist()
    evidence = {
        group: _evidence(plan, similarities, group, scale, settings.epsilon) for group in left
    }
    total = similarities.new_zeros(len(truth), len(plan.classes), dtype=torch.float64)
    loss = _log_loss(plan, total, 0, truth, settings)
    order: list[int] = []
    while left:
        after = [
            _log_loss(plan, total + evidence[group], len(order) + 1, truth, settings)
            for group in left
        ]
        drops = [(loss - it) / len(plan.options[g]) for it, g in zip(after, left, strict=True)]
        best = drops.index(max(drops))
        loss = after[best]
        order.append(left.pop(best))
        total = total + evidence[order[-1]]
    return tuple(plan.groups[group] for group in order)


def _evidence(plan: Plan, similarities: Tensor, group: int, scale: float, epsilon: float) -> Tensor:
    probabilities = answer(similarities[:, plan.options_of(group)], scale)
    rules = plan.rules_of(group)
    likelihood = log_likelihood(rule_means(probabilities, rules), rules.shape[1], epsilon)
    return likelihood[:, plan.spread(group)]


def _log_loss(
    plan: Plan, evidence: Tensor, n_groups: int, truth: Tensor, settings: BeliefSettings
) -> float:
    asked = torch.full((len(truth),), n_groups, device=plan.device)
    belief = posterior(plan, evidence, asked, settings.redundancy)
    return float(-torch.log(belief.gather(1, truth[:, None])).mean())
