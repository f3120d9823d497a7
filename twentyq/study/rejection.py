"""Whether a low posterior gives away a picture that fits none of the classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from twentyq.engine import Game, Plan, compile_plan, kept_similarities, play
from twentyq.engine.calibration import Calibration
from twentyq.study.paths import BATCH, Bools, Floats, Ints
from twentyq.study.resampling import DRAWS, SEED, drawn_counts, estimate
from twentyq.study.summary import Rejection
from twentyq.system.model import System

POINTS = 200
SPLITS = 20
FEWEST_SPLITS = 5
PICTURES = 20_000  # played in all splits together, unless the fewest splits need more


@dataclass(frozen=True, slots=True, eq=False)
class Withheld:
    """The outcome posteriors `(n_images,)` of a game without some labels, and which those are."""

    labels: tuple[str, ...]
    stated: Floats


def play_without_halves(
    system: System, game: Game, similarities: Tensor, splits: int | None = None, seed: int = SEED
) -> list[Withheld]:
    """Play without half of the labels, drawn by lot, for each of so many splits by a seed.

    `similarities` are the cosines of the game's own plan, `(n_images, n_prompts)`; its prompts stay
    the same, and so does its stop rule. Twenty splits unless told otherwise, down to five where
    pictures are many. None at all where two labels cannot be left. Raises UsageError where the
    game's budget pays for no group that tells the other half apart.
    """
    n_labels = len(game.plan.labels)
    if n_labels - n_labels // 2 < 2:
        return []
    if splits is None:
        splits = min(SPLITS, max(FEWEST_SPLITS, PICTURES // len(similarities)))
    rng = np.random.default_rng(seed)
    drawn = [np.sort(rng.permutation(n_labels)[: n_labels // 2]) for _ in range(splits)]
    return [_play_without(system, game, similarities, withheld) for withheld in drawn]


def _play_without(system: System, game: Game, similarities: Tensor, withheld: Ints) -> Withheld:
    plan = game.plan
    kept = np.flatnonzero(~np.isin(plan.label_of.cpu().numpy(), withheld)).tolist()
    fewer = replace(
        game,
        plan=plan_of(system, plan, [plan.classes[c] for c in kept]),
        calibration=calibration_of(game.calibration, kept),
    )
    labels = tuple(plan.labels[label] for label in withheld)
    firsts = range(0, len(similarities), BATCH)
    parts = [_stated(fewer, similarities[first : first + BATCH], first) for first in firsts]
    return Withheld(labels, np.concatenate(parts))


def _stated(game: Game, similarities: Tensor, first: int) -> Floats:
    """Return the outcome posterior where a game ends, for pictures from number `first` on."""
    plan, cosines = game.plan, similarities.to(game.plan.device)
    outcome = play(
        game,
        kept_similarities(plan, cosines),
        len(cosines),
        resident=game.askable,
        numbers=torch.arange(first, first + len(cosines), device=plan.device),
    )
    stated: Floats = outcome.outcome_posterior.cpu().numpy()
    return stated


def plan_of(system: System, plan: Plan, classes: list[str]) -> Plan:
    """Return a plan of some of a plan's classes that asks the very same prompts."""
    groups = tuple(
        replace(group, options=options)
        for group, options in zip(system.groups, plan.options, strict=True)
    )
    return compile_plan(replace(system, groups=groups), classes=classes, device=plan.device)


def calibration_of(calibration: Calibration, classes: list[int]) -> Calibration:
    """Return a calibration for some of its classes; only a discriminant knows classes."""
    known = calibration.discriminant
    if known is None:
        return calibration
    some = replace(known, means=known.means[classes], has_mean=known.has_mean[classes])
    return replace(calibration, discriminant=some)


def rejection(
    played: Sequence[Withheld],
    truth: Sequence[str],
    stated: Floats,
    right: Bools,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Rejection | None:
    """Return how well the posterior tells withheld labels' pictures, and risk against coverage.

    `truth` are the true labels of the pictures. `stated` and `right` are the outcome posterior and
    whether the label is true when playing with all classes, `(n_images,)`. None where no split has
    pictures in both halves; others are left out.

    The interval draws pictures, the same ones for every split, and splits. A split that a draw
    leaves without pictures of one half counts as not drawn.
    """
    once = np.ones((1, len(truth)), dtype=np.uint8)
    counts = drawn_counts(len(truth), draws, seed)
    values, drawn = [], []
    for without in played:
        unknown = np.isin(truth, without.labels)
        if unknown.any() and not unknown.all():
            values.append(auroc(without.stated, unknown, once)[0])
            drawn.append(auroc(without.stated, unknown, counts))
    if not values:
        return None
    splits = drawn_counts(len(values), draws, seed + 1).T
    means = np.ma.average(np.ma.masked_invalid(drawn), axis=0, weights=splits)
    return Rejection(
        splits=len(values),
        auroc=estimate(float(np.mean(values)), np.ma.compressed(means)),
        risk=risk_coverage(stated, right),
    )


def auroc(stated: Floats, unknown: Bools, counts: NDArray[np.uint8]) -> Floats:
    """Return how well `stated` tells the other pictures from the unknown ones, for each draw.

    It is the share of pairs in which the unknown picture's posterior is the smaller, ties for half
    (Mann & Whitney 1947); NaN for a draw without pairs. `stated` and `unknown` are `(n_images,)`;
    `counts` says how often each draw took each picture, `(n_draws, n_images)`.
    """
    strangers, others = np.flatnonzero(unknown), np.flatnonzero(~unknown)
    strangers = strangers[np.argsort(stated[strangers], kind="stable")]
    beaten = [
        np.searchsorted(stated[strangers], stated[others], side=side) for side in ("left", "right")
    ]
    found = np.full(len(counts), np.nan)
    # Draw by draw: all at once would hold several arrays of every picture in every draw.
    for draw, times in enumerate(counts):
        below = np.concatenate([[0], np.cumsum(times[strangers], dtype=np.int64)])
        weights = times[others].astype(np.int64)
        pairs = weights.sum() * below[-1]
        if pairs:
            found[draw] = (below[beaten[0]] + below[beaten[1]]) @ weights / (2 * pairs)
    return found


def risk_coverage(stated: Floats, right: Bools, points: int = POINTS) -> list[tuple[float, float]]:
    """Return (coverage, error among the answered) as the posterior asked for falls.

    Pictures of equal posterior are answered together. At most `points` pairs, evenly among the
    distinct posteriors; the last answers every picture.
    """
    order = np.argsort(-stated, kind="stable")
    wrong = np.cumsum(~right[order])
    last_of_value = np.flatnonzero(np.diff(stated[order], append=-np.inf))
    some = np.linspace(0, len(last_of_value) - 1, min(points, len(last_of_value)))
    at = last_of_value[some.round().astype(np.int64)]
    answered: Ints = at + 1
    return [
        (float(n / len(stated)), float(errors / n))
        for n, errors in zip(answered, wrong[at], strict=True)
    ]
