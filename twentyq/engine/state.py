"""Where a game stands for a batch of pictures, and what one more answer changes."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from twentyq.engine import answers as answering
from twentyq.engine.belief import BeliefSettings, posterior
from twentyq.engine.plan import Plan


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Everything known about B pictures after some rounds; one row per picture.

    picture        (B,) the number of each picture in the whole run
    asked          (B, G) which groups were asked
    scores         (B, N) the article's sum over the groups asked
    evidence       (B, N) sum of log-likelihoods over the groups asked, in nats
    posterior      (B, N) belief over classes
    prompts_spent  (B,) Σ K_g over the groups asked
    """

    picture: Tensor
    asked: Tensor
    scores: Tensor
    evidence: Tensor
    posterior: Tensor
    prompts_spent: Tensor

    def rows(self, index: Tensor) -> State:
        """Return the state of some pictures only, by row index or mask."""
        return State(**{item.name: getattr(self, item.name)[index] for item in fields(self)})


def join_states(states: list[State]) -> State:
    """Return the states of several batches as one, rows below rows."""
    names = [item.name for item in fields(State)]
    return State(**{name: torch.cat([getattr(s, name) for s in states]) for name in names})


def start(plan: Plan, n_images: int, numbers: Tensor | None = None) -> State:
    """Return the state before the first question: nothing asked, belief at the prior.

    `numbers` are those of the pictures within the whole run, `(n_images,)`; from 0 if absent.
    """
    device = plan.device
    zeros = torch.zeros(n_images, len(plan.classes), dtype=torch.float64, device=device)
    return State(
        picture=torch.arange(n_images, device=device) if numbers is None else numbers.to(device),
        asked=torch.zeros(n_images, len(plan.groups), dtype=torch.bool, device=device),
        scores=zeros,
        evidence=zeros,
        posterior=torch.exp(plan.log_prior).expand_as(zeros),
        prompts_spent=torch.zeros(n_images, dtype=torch.int64, device=device),
    )


@dataclass(frozen=True, slots=True, eq=False)
class GroupAnswer:
    """The answers to one group by the pictures that asked it: rows `(n,)`, answers `(n, K_g)`."""

    group: int
    rows: Tensor
    probabilities: Tensor


def hear(
    plan: Plan, state: State, chosen: Tensor, heard: list[GroupAnswer], settings: BeliefSettings
) -> State:
    """Return the state after one round in which every picture asked its chosen group, `(B,)`.

    `heard` holds one entry per distinct group of `chosen`.
    """
    scores, evidence = state.scores.clone(), state.evidence.clone()
    for item in heard:
        rules = plan.rules_of(item.group)
        spread = plan.spread(item.group)
        score = answering.score_contribution(item.probabilities, rules)
        likelihood = answering.log_likelihood(item.probabilities, rules, settings.epsilon)
        scores[item.rows] += score[:, spread]
        evidence[item.rows] += likelihood[:, spread]
    asked = state.asked.scatter(1, chosen[:, None], value=True)
    n_informative = (asked & plan.informative).sum(dim=1)
    return State(
        picture=state.picture,
        asked=asked,
        scores=scores,
        evidence=evidence,
        posterior=posterior(plan, evidence, n_informative, settings.redundancy),
        prompts_spent=state.prompts_spent + plan.sizes[chosen],
    )
