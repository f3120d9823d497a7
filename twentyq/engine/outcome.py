"""How the game ended."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from twentyq.engine.trace import Round


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
