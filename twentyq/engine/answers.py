"""From similarities to an answer, and from an answer to what it says for each rule.

Contributions are rounded to a binary grid so fine that nothing is lost by it and so coarse that
sums of them are exact in float64. Sums then do not depend on their order, on the batch, or on who
asked what when: asking every group gives the reference's score to the last bit, equal rules give
equal scores, and the stop rule `certain` can be proved.
"""

from __future__ import annotations

import torch
from torch import Tensor

SCORE_STEP = 2.0**-40
EVIDENCE_STEP = 2.0**-36


def answer(similarities: Tensor, scale: float, bias: Tensor | None = None) -> Tensor:
    """Return the softmax over one group's options, `(n_images, n_options)` float64.

    `similarities` are cosines, `(n_images, n_options)`; `scale` is the encoder's own (`encoder`) or
    1 (`article`, the published formula). `bias` is subtracted from the logarithm of the answer,
    which is then normalised again, `(n_options,)`.
    """
    logits = similarities.to(torch.float64) * scale
    return torch.softmax(logits if bias is None else logits - bias, dim=-1)


def rule_means(answers: Tensor, rules: Tensor) -> Tensor:
    """Return Σ_k a(k) R(r, k) for each distinct rule r of a group, `(n_images, n_distinct)`.

    `answers` is `(n_images, n_options)`, `rules` is `(n_distinct, n_options)`.
    """
    # A matrix product may sum in another order for another number of images; this does not.
    return (answers[:, None, :] * rules).sum(dim=-1)


def score_contribution(means: Tensor) -> Tensor:
    """Return what each distinct rule gains by its mean, `(n_images, n_distinct)`.

    Source: the article's score, which sums the probability of each class's option, here for soft
    rules too.
    """
    return to_grid(means, SCORE_STEP)


def log_likelihood(
    means: Tensor, n_options: int, epsilon: float, weight: Tensor | float = 1.0
) -> Tensor:
    """Return w log Σ_k a(k) [(1 − ε) R(r, k) + ε / K] in nats, `(n_images, n_distinct)`.

    `means` are those of the rules, and K is `n_options`. ε keeps one wrong answer from ruling a
    class out.
    """
    blurred = (1 - epsilon) * means + epsilon / n_options
    return to_grid(torch.log(blurred) * weight, EVIDENCE_STEP)


def log_linear(answers: Tensor, log_rules: Tensor, weight: Tensor | float = 1.0) -> Tensor:
    """Return w Σ_k a(k) L(r, k) in nats, `(n_images, n_distinct)`.

    `log_rules` is the logarithm of a confusion matrix averaged over the rule's options,
    L(r, k) = Σ_j R(r, j) log C[j, k], `(n_distinct, n_options)`.
    """
    return to_grid((answers[:, None, :] * log_rules).sum(dim=-1) * weight, EVIDENCE_STEP)


def to_grid(values: Tensor, step: float) -> Tensor:
    """Round to whole steps, so that sums do not depend on their order."""
    return torch.round(values / step) * step
