"""Mean and spread of each group's answers, for the stop rule `agrees`."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from twentyq.engine.calibration import Moments
from twentyq.engine.game import Game
from twentyq.engine.plan import Plan
from twentyq.study.paths import Path, walk


def fit_moments(plan: Plan, answers: Tensor) -> Moments:
    """Return the moments of answers `(n_images, n_prompts)`, without thresholds; no labels needed.

    Takes at least two pictures.
    """
    covariance = answers.new_zeros(plan.n_prompts, int(plan.sizes.max()))
    for group, size in enumerate(plan.sizes.tolist()):
        columns = plan.options_of(group)
        covariance[columns, :size] = torch.cov(answers[:, columns].T).reshape(size, size)
    return Moments(answers.mean(dim=0), covariance, ())


def walk_with(game: Game, similarities: Tensor, moments: Moments) -> Path:
    """Return the game's path with the z that these moments give; `certain` is not proved."""
    calibration = replace(game.calibration, moments=moments)
    return walk(replace(game, calibration=calibration), similarities, prove=False)
