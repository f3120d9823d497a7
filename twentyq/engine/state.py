"""Where a game stands for a batch of pictures, and what one more answer changes."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from twentyq.engine.listening import Answers
from twentyq.engine.reading import Reading


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Everything known about B pictures after some rounds; one row per picture.

    picture        (B,) the number of each picture in the whole run
    asked          (B, G) which groups were asked
    scores         (B, N) the article's sum over the groups asked
    evidence       (B, N) sum of the rules' evidence over the groups asked, in nats
    posterior      (B, N) belief over classes
    prompts_spent  (B,) Σ K_g over the groups asked
    probability    (B, N) calibrated probability of each class, where a calibration gives it
    log_ratios     (B, Q) the answers so far, 0 elsewhere, where a discriminant reads them
    """

    picture: Tensor
    asked: Tensor
    scores: Tensor
    evidence: Tensor
    posterior: Tensor
    prompts_spent: Tensor
    probability: Tensor | None = None
    log_ratios: Tensor | None = None

    def rows(self, index: Tensor) -> State:
        """Return the state of some pictures only, by row index or mask."""
        return State(**{name: array[index] for name, array in self.arrays().items()})

    def arrays(self) -> dict[str, Tensor]:
        """Return every array that is there, by name."""
        named = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: array for name, array in named.items() if array is not None}


def join_states(states: list[State]) -> State:
    """Return the states of several batches as one, rows below rows."""
    arrays = [state.arrays() for state in states]
    return State(**{name: torch.cat([of[name] for of in arrays]) for name in arrays[0]})


def start(reading: Reading, n_images: int, numbers: Tensor | None = None) -> State:
    """Return the state before the first question: nothing asked, belief at the prior.

    `numbers` are those of the pictures within the whole run, `(n_images,)`; from 0 if absent.
    """
    plan, device = reading.plan, reading.plan.device
    zeros = torch.zeros(n_images, len(plan.classes), dtype=torch.float64, device=device)
    nothing = torch.zeros(n_images, dtype=torch.int64, device=device)
    return State(
        picture=torch.arange(n_images, device=device) if numbers is None else numbers.to(device),
        asked=torch.zeros(n_images, len(plan.groups), dtype=torch.bool, device=device),
        scores=zeros,
        evidence=zeros,
        posterior=torch.exp(plan.log_prior).expand_as(zeros),
        prompts_spent=nothing,
        probability=reading.reported(zeros, nothing),
        log_ratios=None
        if reading.discriminant is None
        else zeros.new_zeros(n_images, plan.n_prompts),
    )


def hear(
    reading: Reading, state: State, chosen: Tensor, answers: Answers, rows: Tensor | None = None
) -> State:
    """Return the state after one round in which every picture asked its chosen group, `(B,)`.

    `answers` holds what they answered, in the rows `(B,)` of the whole batch, or in all of them.
    """
    plan = reading.plan
    rows = torch.arange(len(chosen), device=plan.device) if rows is None else rows
    rule = reading.rule_of.index_select(0, chosen)
    # Looking up by one index takes half the time of looking up by two.
    place = rule + (rows * answers.scores.shape[1])[:, None]
    evidence = state.evidence + answers.evidence.take(place)
    ratios = None
    if state.log_ratios is not None and answers.log_ratios is not None:
        now = plan.option_group == chosen[:, None]
        ratios = torch.where(now, answers.log_ratios[rows], state.log_ratios)
    return _after(
        reading,
        state,
        asked=state.asked.scatter(1, chosen[:, None], value=True),
        scores=state.scores + answers.scores.take(place),
        evidence=evidence,
        prompts_spent=state.prompts_spent + plan.sizes.index_select(0, chosen),
        log_ratios=ratios,
    )


def hear_all(reading: Reading, state: State, answers: Answers) -> State:
    """Return the state in which every picture has asked every group.

    It is the one that `hear` leads to, for the sums are exact in any order.
    """
    plan = reading.plan
    return _after(
        reading,
        state,
        asked=torch.ones_like(state.asked),
        scores=plan.sum_by_class(answers.scores).contiguous(),
        evidence=plan.sum_by_class(answers.evidence).contiguous(),
        prompts_spent=torch.full_like(state.prompts_spent, plan.n_prompts),
        log_ratios=answers.log_ratios,
    )


def _after(
    reading: Reading,
    before: State,
    *,
    asked: Tensor,
    scores: Tensor,
    evidence: Tensor,
    prompts_spent: Tensor,
    log_ratios: Tensor | None,
) -> State:
    """Return the state with the belief that follows from what was asked and heard."""
    n_informative = (asked & reading.plan.informative).sum(dim=1)
    believed = reading.believed(evidence, asked, log_ratios)
    return State(
        picture=before.picture,
        asked=asked,
        scores=scores,
        evidence=evidence,
        posterior=reading.posterior(believed, n_informative),
        prompts_spent=prompts_spent,
        probability=reading.reported(believed, n_informative),
        log_ratios=log_ratios,
    )
