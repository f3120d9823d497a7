"""Whether a low posterior gives away a picture that fits none of the classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.metrics import roc_auc_score
from torch import Tensor

from twentyq.engine import Game, Plan, compile_plan
from twentyq.engine.calibration import Calibration
from twentyq.study.paths import Bools, Floats, Ints, stop_at, walk
from twentyq.study.resampling import DRAWS, SEED, drawn_counts, estimate
from twentyq.study.summary import Rejection
from twentyq.system.model import System

POINTS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Withheld:
    """The outcome posteriors `(n_images,)` of a game without some labels, and which those are."""

    labels: tuple[str, ...]
    stated: Floats


def play_without_half(
    system: System, game: Game, similarities: Tensor, seed: int = SEED
) -> Withheld | None:
    """Play with half of the labels withheld, drawn by a seed, until the game's stop rule fires.

    `similarities` are the cosines of the game's own plan, `(n_images, n_prompts)`; its prompts stay
    the same. None where the other half are fewer than two classes. Raises UsageError where the
    game's budget pays for no group that tells these apart.
    """
    plan = game.plan
    drawn = np.random.default_rng(seed).permutation(len(plan.labels))[: len(plan.labels) // 2]
    withheld = np.isin(np.arange(len(plan.labels)), drawn)
    kept = np.flatnonzero(~withheld[plan.label_of.cpu().numpy()]).tolist()
    if len(kept) < 2:
        return None
    fewer = replace(
        game,
        plan=plan_of(system, plan, [plan.classes[c] for c in kept]),
        calibration=calibration_of(game.calibration, kept),
    )
    labels = tuple(plan.labels[label] for label in np.flatnonzero(withheld))
    return Withheld(labels, stop_at(walk(fewer, similarities), game.stop).confidence)


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
    without: Withheld, truth: Sequence[str], stated: Floats, right: Bools, draws: int = DRAWS
) -> Rejection | None:
    """Return how well the posterior tells withheld labels' pictures, and risk against coverage.

    `truth` are the true labels of the pictures. `stated` and `right` are the outcome posterior and
    whether the label is true when playing with all classes, `(n_images,)`. None where either half
    of the labels has no pictures.
    """
    unknown = np.isin(truth, without.labels)
    if unknown.all() or not unknown.any():
        return None
    value = float(roc_auc_score(~unknown, without.stated))
    drawn = drawn_auroc(without.stated[~unknown], without.stated[unknown], draws)
    return Rejection(
        withheld=list(without.labels),
        auroc=estimate(value, drawn),
        risk=risk_coverage(stated, right),
    )


def drawn_auroc(kept: Floats, unknown: Floats, draws: int = DRAWS, seed: int = SEED) -> Floats:
    """Return the AUROC of each draw of both kinds of picture, `(draws,)`.

    It is the share of pairs in which the kept picture's posterior is the greater, ties for half
    (Mann & Whitney 1947). Each kind is drawn for itself, so that none is ever missing.
    """
    order = np.sort(unknown), np.argsort(unknown, kind="stable")
    beaten = [np.searchsorted(order[0], kept, side=side) for side in ("left", "right")]
    found = []
    # Draw by draw: all at once would hold several arrays of every picture in every draw.
    for of_kept, of_unknown in zip(
        drawn_counts(len(kept), draws, seed),
        drawn_counts(len(unknown), draws, seed + 1),
        strict=True,
    ):
        below = np.concatenate([[0], np.cumsum(of_unknown[order[1]], dtype=np.int64)])
        wins = (below[beaten[0]] + below[beaten[1]]) @ of_kept.astype(np.int64)
        found.append(wins / 2)
    pairs = len(kept) * len(unknown)
    shares: Floats = np.array(found) / pairs
    return shares


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
