"""How answers are read: from cosines to an answer, from answers to evidence, from it to belief.

Everything a calibration may change about reading stands here, compiled for one plan.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from twentyq.engine import answers as answering
from twentyq.engine.belief import BeliefSettings, posterior
from twentyq.engine.calibration import Calibration, ReportedProbability
from twentyq.engine.discriminant import Gaussian, compile_discriminant, with_discriminant
from twentyq.engine.plan import Plan


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A plan's answers, evidence and belief under one scale, its noise and a calibration.

    `log_confusion` is Σ_j R(r, j) log C_g[j, k] for each distinct rule r, `(M, K)`. `rule_of` is
    the plan's, turned to `(G, N)`, from which one group's row is read at once. With `fixed_shapes`
    no shape depends on what arrays hold, so that nobody waits for a device. The other parts are
    those of `Calibration`.
    """

    plan: Plan
    rule_of: Tensor
    scale: float
    settings: BeliefSettings
    bias: Tensor | None
    weights: Tensor | None
    log_confusion: Tensor | None
    discriminant: Gaussian | None
    probability: ReportedProbability | None
    fixed_shapes: bool = False

    def answer(self, group: int, cosines: Tensor) -> Tensor:
        """Return the answer to one group from its cosines, both `(n_images, n_options)`."""
        bias = None if self.bias is None else self.bias[self.plan.options_of(group)]
        return answering.answer(cosines, self.scale, bias)

    def contributions(self, group: int, probabilities: Tensor) -> tuple[Tensor, Tensor]:
        """Return what an answer adds to the score and to the evidence for each distinct rule.

        Both `(n_images, n_distinct)`; evidence in nats, weighted by the calibration's w_g.
        """
        rules = self.plan.rules_of(group)
        weight = 1.0 if self.weights is None else self.weights[group]
        means = answering.rule_means(probabilities, rules)
        if self.log_confusion is None:
            n_options, epsilon = rules.shape[1], self.settings.epsilon
            evidence = answering.log_likelihood(means, n_options, epsilon, weight)
        else:
            rows = slice(self.plan.first_rule[group], self.plan.first_rule[group + 1])
            log_rules = self.log_confusion[rows, : rules.shape[1]]
            evidence = answering.log_linear(probabilities, log_rules, weight)
        return answering.score_contribution(means), evidence

    def evidence(self, group: int, probabilities: Tensor) -> Tensor:
        """Return the evidence alone, `(n_images, n_distinct)`."""
        return self.contributions(group, probabilities)[1]

    def believed(self, evidence: Tensor, asked: Tensor, ratios: Tensor | None) -> Tensor:
        """Return the evidence that belief rests on, `(n_images, n_classes)` in nats.

        `evidence` is the rules' sum over the groups asked; where there is a discriminant it takes
        the place of the rules for the classes that had pictures. `ratios` is `(n_images, Q)`.
        """
        if self.discriminant is None or ratios is None:
            return evidence
        return with_discriminant(
            self.plan,
            self.discriminant,
            evidence,
            asked,
            ratios,
            fixed_shapes=self.fixed_shapes,
        )

    def posterior(self, believed: Tensor, n_informative: Tensor) -> Tensor:
        """Return belief over classes, `(n_images, n_classes)`."""
        return posterior(self.plan, believed, n_informative, self.settings.redundancy)

    def reported(self, believed: Tensor, n_informative: Tensor) -> Tensor | None:
        """Return the calibrated probability of each class, `(n_images, n_classes)`, if fitted."""
        if self.probability is None:
            return None
        weighted = self.probability.weight * believed
        return posterior(self.plan, weighted, n_informative, self.probability.redundancy)


def build_reading(
    plan: Plan,
    scale: float,
    settings: BeliefSettings | None = None,
    calibration: Calibration | None = None,
) -> Reading:
    """Compile how a plan's answers are read; the calibration's scale comes before `scale`."""
    calibration = calibration or Calibration()
    discriminant = calibration.discriminant
    return Reading(
        plan=plan,
        rule_of=plan.rule_of.T.contiguous(),
        scale=scale if calibration.scale is None else calibration.scale,
        settings=settings or BeliefSettings(),
        bias=calibration.bias,
        weights=calibration.weights,
        log_confusion=_log_confusion(plan, calibration.confusion),
        discriminant=None if discriminant is None else compile_discriminant(discriminant),
        probability=calibration.probability,
    )


def _log_confusion(plan: Plan, confusion: Tensor | None) -> Tensor | None:
    if confusion is None:
        return None
    log_rules = torch.zeros_like(plan.distinct_rules)
    for group, size in enumerate(plan.sizes.tolist()):
        rows = slice(plan.first_rule[group], plan.first_rule[group + 1])
        log_matrix = torch.log(confusion[plan.options_of(group), :size])
        log_rules[rows, :size] = plan.rules_of(group) @ log_matrix
    return log_rules
