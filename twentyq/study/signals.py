"""What is worth keeping of how pictures stand: everything that stop rules and figures look at."""

from __future__ import annotations

import torch
from torch import Tensor

from twentyq.engine.agreement import agreement_z
from twentyq.engine.belief import entropy_bits
from twentyq.engine.certain import is_certain
from twentyq.engine.decision import Decide, merit
from twentyq.engine.game import Game
from twentyq.engine.stopping import Standing, mass_of_outcome, outcome_margin, outcome_posterior
from twentyq.engine.ties import first_largest

TOP = 5


def signals_of(game: Game, standing: Standing, prove: bool = True) -> dict[str, Tensor]:
    """Return what a path keeps of how pictures stand, by name, one row per picture.

    Names and meanings are those of `Path`; `entropy` is that of belief, in bits. `certain` is
    False throughout without `prove`.
    """
    plan, state, leader = standing.plan, standing.state, standing.leader
    by_score = game.decide == "score"
    unknown = torch.full_like(leader, torch.nan, dtype=torch.float64)
    return {
        "label": plan.label_of[leader],
        "top": _top_labels(standing, game.decide),
        "spent": state.prompts_spent,
        "confidence": outcome_posterior(standing),
        "margin": outcome_margin(standing),
        "certain": is_certain(plan, state, leader)
        if by_score and prove
        else torch.zeros_like(leader, dtype=torch.bool),
        "agreement": agreement_z(plan, game.moments, state, leader)
        if by_score and game.moments is not None
        else unknown,
        "probability": mass_of_outcome(standing, state.probability)
        if state.probability is not None
        else unknown,
        "entropy": entropy_bits(state.posterior),
    }


def _top_labels(standing: Standing, decide: Decide) -> Tensor:
    """Return the labels of greatest merit, `(n_images, 5)` padded with −1; ties as in deciding."""
    plan, state, best = standing.plan, standing.state, standing.leader
    value = merit(plan, state.scores, state.posterior, state.probability, decide)
    found = []
    for _ in range(TOP):
        label = plan.label_of[best][:, None]
        left = value.gather(1, best[:, None]) > -torch.inf
        found.append(torch.where(left, label, -1))
        value = value.masked_fill(plan.label_of == label, -torch.inf)
        best = value.argmax(dim=1) if decide == "score" else first_largest(value)
    return torch.cat(found, dim=1)
