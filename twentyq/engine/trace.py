"""What was asked, why, and what came of it; recorded round by round as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from twentyq.engine.belief import entropy_bits
from twentyq.engine.gain import Channel, information_gain
from twentyq.engine.listening import Answers
from twentyq.engine.plan import Plan
from twentyq.engine.state import State
from twentyq.engine.stopping import Standing, outcome_posterior

Detail = Literal["none", "brief", "full"]
BRIEF = 5


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """One round of a batch, for the n pictures that asked in it; k is 5, or all in full detail.

    Expected bits use planning's noise and realised bits are the drop of the entropy of belief,
    which uses its own: they speak of the same thing in two voices and need not agree. Realised
    bits are negative where an answer came as a surprise.

    rows               (n,) the pictures, as rows of the batch
    group              (n,) the group asked
    expected_bits      (n,) its expected information gain
    realised_bits      (n,) H(belief before) − H(belief after)
    rival_groups       (n, k) candidates by falling value to the policy, the chosen one first
    rival_values       (n, k) their values to the policy; −∞ where fewer than k were candidates
    rival_bits         (n, k) their expected information gain
    answer             (n, K) probabilities of the options, padded with zeros
    best_classes       (n, k) classes by falling posterior after the answer
    best_posteriors    (n, k) their posteriors
    leader             (n,) the class that would be returned now
    outcome_posterior  (n,) posterior of the leader, its tie set and its label together
    """

    rows: Tensor
    group: Tensor
    expected_bits: Tensor
    realised_bits: Tensor
    rival_groups: Tensor
    rival_values: Tensor
    rival_bits: Tensor
    answer: Tensor
    best_classes: Tensor
    best_posteriors: Tensor
    leader: Tensor
    outcome_posterior: Tensor


def record_round(
    channel: Channel,
    before: State,
    after: Standing,
    rows: Tensor,
    chosen: Tensor,
    value: Tensor,
    answers: Answers,
    detail: Detail,
) -> Round:
    """Record one round; `value` is what the policy saw, `(n, n_groups)`."""
    plan = after.plan
    shown = None if detail == "full" else BRIEF
    bits = information_gain(channel, before.posterior)
    # The group asked may owe its place to the file's order, in a near tie that sorting ignores.
    lifted = value.scatter(1, chosen[:, None], torch.inf)
    groups = lifted.argsort(dim=1, descending=True, stable=True)[:, :shown]
    beliefs, classes = after.state.posterior.sort(dim=1, descending=True, stable=True)
    return Round(
        rows=rows,
        group=chosen,
        expected_bits=bits.gather(1, chosen[:, None])[:, 0],
        realised_bits=entropy_bits(before.posterior) - entropy_bits(after.state.posterior),
        rival_groups=groups,
        rival_values=value.gather(1, groups),
        rival_bits=bits.gather(1, groups),
        answer=_answer(plan, answers, rows, chosen),
        best_classes=classes[:, :shown],
        best_posteriors=beliefs[:, :shown],
        leader=after.leader,
        outcome_posterior=outcome_posterior(after),
    )


def _answer(plan: Plan, answers: Answers, rows: Tensor, chosen: Tensor) -> Tensor:
    first = torch.tensor(plan.first_option, device=plan.device)[chosen]
    option = torch.arange(int(plan.sizes.max()), device=plan.device)
    column = (first[:, None] + option).clamp(max=plan.n_prompts - 1)
    within = option < plan.sizes[chosen][:, None]
    return answers.probabilities[rows[:, None], column].where(within, 0.0)
