"""How the game ended, and why."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from twentyq.engine.decision import leading_class
from twentyq.engine.game import Game
from twentyq.engine.state import State
from twentyq.engine.stopping import Standing, mass_of_outcome, outcome_posterior
from twentyq.engine.trace import Round

NOTHING_LEFT = "nothing-left"
BUDGET = "budget"
ALL_ASKED = "all-asked"
ORDER_ENDED = "order-ended"


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """How the game ended for B pictures.

    leader             (B,) the class that is returned
    scores             (B, N) the article's sum over the groups asked
    posterior          (B, N) belief over classes
    outcome_posterior  (B,) posterior of the leader, its tie set and its label together
    prompts_spent      (B,) prompts of the groups asked
    groups_asked       (B, G) groups in the order of asking, padded with −1
    stop_reason        one text per picture
    rounds             what was asked and why, if it was recorded
    probability        (B, N) calibrated probability of each class, where a calibration gives it
    outcome_probability  (B,) its sum over the leader, its tie set and its label together
    """

    leader: Tensor
    scores: Tensor
    posterior: Tensor
    outcome_posterior: Tensor
    prompts_spent: Tensor
    groups_asked: Tensor
    stop_reason: tuple[str, ...]
    rounds: tuple[Round, ...]
    probability: Tensor | None = None
    outcome_probability: Tensor | None = None

    def first_to_ask(self, group: int) -> int:
        """Return the row of the picture that asked a group first: of the earliest round, the first.

        Raises IndexError where nobody did.
        """
        by_round = self.groups_asked.T
        return int((by_round == group).nonzero()[0, 1])


def conclude(
    game: Game,
    final: State,
    groups_asked: Tensor,
    fired_by: Tensor,
    rounds: tuple[Round, ...] = (),
) -> Outcome:
    """Return the outcome of the state in which pictures `(n_images,)` stopped.

    `fired_by` `(n_images,)` is the stop rule that fired, as a place in the rule's `reasons`, or −1.
    """
    leader = leading_class(game.plan, final, game.decide)
    standing = Standing(game.plan, final, leader)
    probability = final.probability
    return Outcome(
        leader=leader,
        scores=final.scores,
        posterior=final.posterior,
        outcome_posterior=outcome_posterior(standing),
        prompts_spent=final.prompts_spent,
        groups_asked=groups_asked,
        stop_reason=_reasons(game, final, fired_by),
        rounds=rounds,
        probability=probability,
        outcome_probability=None if probability is None else mass_of_outcome(standing, probability),
    )


def _reasons(game: Game, final: State, fired_by: Tensor) -> tuple[str, ...]:
    """Name why each picture stopped: the rule that fired, else what ended the candidates."""
    names = (
        *game.stop.reasons,
        ORDER_ENDED,
        BUDGET,
        ALL_ASKED if game.ask_all else NOTHING_LEFT,
    )
    order_ended, budget, nothing_left = range(len(game.stop.reasons), len(names))
    left = (~final.asked & game.wanted).any(dim=1)
    affordable = game.candidates(final).any(dim=1)
    why = torch.where(left, budget, nothing_left)
    why = torch.where(affordable, order_ended, why)
    why = torch.where(fired_by >= 0, fired_by, why)
    return tuple(names[reason] for reason in why.tolist())
