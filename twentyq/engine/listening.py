"""What a batch of pictures has answered, and what that says of each rule.

A group is read for many pictures at once and then looked up, round after round: pictures follow
their own paths, so that in most rounds almost every group is asked by somebody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from twentyq.engine.discriminant import log_ratios
from twentyq.engine.plan import Plan
from twentyq.engine.reading import Reading
from twentyq.errors import SimilarityError

Similarities = Callable[[int, Tensor], Tensor]
"""Gives the cosines of one group's prompts: (group, rows of pictures `(n,)`) → `(n, K_g)`."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """The answers of B pictures, filled in group by group; 0 where there is none yet.

    given          (B, G) bool, which groups a picture has answered by finite similarities
    probabilities  (B, Q) the answers
    scores         (B, M) what each distinct rule gains by them
    evidence       (B, M) what they say for each distinct rule, in nats
    log_ratios     (B, Q) the answers as a discriminant reads them, where there is one
    """

    given: Tensor
    probabilities: Tensor
    scores: Tensor
    evidence: Tensor
    log_ratios: Tensor | None

    def enter(self, reading: Reading, group: int, probabilities: Tensor) -> None:
        """Fill in what all pictures answer to one group, `(B, n_options)`."""
        plan = reading.plan
        columns = plan.options_of(group)
        rules = slice(plan.first_rule[group], plan.first_rule[group + 1])
        self.probabilities[:, columns] = probabilities
        scores, evidence = reading.contributions(group, probabilities)
        self.scores[:, rules] = scores
        self.evidence[:, rules] = evidence
        if self.log_ratios is not None:
            self.log_ratios[:, columns] = log_ratios(probabilities)


def no_answers(reading: Reading, n_images: int) -> Answers:
    """Return room for the answers of a batch."""
    plan = reading.plan

    def zeros(width: int) -> Tensor:
        return torch.zeros(n_images, width, dtype=torch.float64, device=plan.device)

    n_rules = len(plan.distinct_rules)
    return Answers(
        given=torch.zeros(n_images, len(plan.groups), dtype=torch.bool, device=plan.device),
        probabilities=zeros(plan.n_prompts),
        scores=zeros(n_rules),
        evidence=zeros(n_rules),
        log_ratios=None if reading.discriminant is None else zeros(plan.n_prompts),
    )


def listen(
    reading: Reading,
    similarities: Similarities,
    answers: Answers,
    rows: Tensor,
    pictures: Tensor,
    chosen: Tensor,
) -> None:
    """See that the chosen groups `(n,)` are answered for the pictures in `rows` `(n,)`.

    A group that comes up is read for the whole batch at once: others will ask it too. `pictures`
    are the numbers of those in `rows`. Raises SimilarityError where a picture asked, and one of its
    similarities is not finite.
    """
    if bool(answers.given.all()):
        return  # as in most rounds
    unheard = ~answers.given[rows, chosen]
    for group in torch.unique(chosen[unheard]).tolist():
        cosines = similarities(group, torch.arange(len(answers.given), device=rows.device))
        read_group(reading, answers, group, cosines)
        if not bool(answers.given[:, group].all()):
            asking = chosen == group
            require_finite(reading.plan, group, cosines[rows[asking]], pictures[asking])


def read_group(reading: Reading, answers: Answers, group: int, cosines: Tensor) -> None:
    """Fill in what all pictures answer to one group, whose cosines are `(B, n_options)`."""
    answers.enter(reading, group, reading.answer(group, cosines))
    answers.given[:, group] = torch.isfinite(cosines).all(dim=1)


def require_finite(plan: Plan, group: int, cosines: Tensor, pictures: Tensor) -> None:
    """Raise SimilarityError for the first of one group's cosines that is not finite.

    `cosines` are `(n, n_options)` and `pictures` `(n,)` their numbers.
    """
    for row, option in (~torch.isfinite(cosines)).nonzero().tolist():
        raise SimilarityError(
            "a similarity is not a finite number",
            where=f"picture {int(pictures[row])}, prompt {plan.prompts[group][option]!r}",
            got=str(float(cosines[row, option])),
            mend="look for NaN or infinity in the embedding of this picture or prompt",
        )
