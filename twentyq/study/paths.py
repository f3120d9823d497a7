"""One policy played to the very end, and every stop rule read off that path afterwards.

What a picture is asked does not depend on when it would stop. So one walk per policy serves every
stop rule and every threshold: what `play` returns with a stop rule is how things stood on the path
when the rule first fired.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from twentyq.engine import Game, kept_similarities, play
from twentyq.engine.decision import leading_class
from twentyq.engine.state import start
from twentyq.engine.stopping import (
    Agrees,
    Both,
    Certain,
    Confidence,
    Either,
    Margin,
    Never,
    Questions,
    Standing,
    StopRule,
)
from twentyq.study.signals import signals_of

BATCH = 1024

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """How n pictures stand after each of at most R questions, when nothing stops them early.

    Column r is how things stand after r + 1 questions. A picture whose questions end sooner keeps
    its last column; one that is asked nothing has length 0 and stands as at the start.

    policy       the policy's name
    n_groups     G, the groups of the system
    length       (n,) questions asked in all
    group        (n, R) the group asked, −1 past the end
    bits         (n, R) realised bits, the drop of the entropy of belief; 0 past the end
    spent        (n, R) prompts spent
    label        (n, R) label that would be returned, an index into `Plan.labels`
    top          (n, R, 5) labels by falling merit, −1 where there are fewer than five
    confidence   (n, R) posterior of the outcome that would be returned
    margin       (n, R) its lead over the best other outcome
    certain      (n, R) whether the label of full is proved; False unless deciding by score
    agreement    (n, R) z of `agrees`; NaN without moments, or unless deciding by score
    probability  (n, R) calibrated probability of the outcome; NaN without a calibrated probability
    thresholds   least z for each target of `agrees`
    """

    policy: str
    n_groups: int
    length: Ints
    group: Ints
    bits: Floats
    spent: Ints
    label: Ints
    top: Ints
    confidence: Floats
    margin: Floats
    certain: Bools
    agreement: Floats
    probability: Floats
    thresholds: Mapping[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Stopped:
    """How n pictures stand where a stop rule ended their questions.

    label (n,), top (n, 5), confidence (n,), probability (n,), spent (n,) as in `Path`
    questions (n,) how many were asked
    asked (n, G) bool, which groups
    """

    label: Ints
    top: Ints
    spent: Ints
    questions: Ints
    confidence: Floats
    probability: Floats
    asked: Bools


def walk(game: Game, similarities: Tensor, *, prove: bool = True, batch: int = BATCH) -> Path:
    """Play a game's policy to the end, whatever its stop rule, on cosines `(n_images, n_prompts)`.

    Pictures are played `batch` at a time, and of each round only a few numbers are kept. Without
    `prove` nothing is proved, `certain` is False everywhere, and the walk is shorter by a quarter.
    Raises SimilarityError on a similarity that is not finite.
    """
    endless = replace(game, stop=Never())
    firsts = range(0, len(similarities), batch)
    parts = [_walk_batch(endless, similarities[i : i + batch], i, prove) for i in firsts]
    longest = max(part["group"].shape[1] for part in parts)
    joined = {
        name: np.concatenate([_widened(part[name], longest, name) for part in parts])
        for name in parts[0]
    }
    return Path(
        policy=game.policy.name,
        n_groups=len(game.plan.groups),
        length=(joined["group"] >= 0).sum(axis=1),
        thresholds={} if game.moments is None else game.moments.thresholds,
        **joined,
    )


def fires(path: Path, rule: StopRule) -> Bools:
    """Return where a stop rule holds, `(n_images, R)`.

    Raises KeyError for `agrees` with a target that the game's calibration has no threshold for.
    """
    match rule:
        case Confidence(threshold):
            return path.confidence >= threshold
        case Margin(threshold):
            return path.margin >= threshold
        case Questions(count):
            return questions_asked(path) >= count
        case Certain():
            return path.certain
        case Agrees(target):
            return path.agreement >= path.thresholds[target]
        case Never():
            return np.zeros_like(path.certain)
        case Either(rules):
            return reduce(operator.or_, (fires(path, part) for part in rules))
        case Both(rules):
            return reduce(operator.and_, (fires(path, part) for part in rules))
    raise TypeError(f"a path does not hold what the stop rule {rule!r} looks at")


def stopping_column(fired: Bools) -> Ints:
    """Return the first column where play is to stop, else the last, `(n_images,)`."""
    column: Ints = np.where(fired.any(axis=1), fired.argmax(axis=1), fired.shape[1] - 1)
    return column


def stop_at(path: Path, rule: StopRule) -> Stopped:
    """Return how pictures stand where a stop rule first fires, or at the end where it never does.

    This equals `play` with that stop rule.
    """
    fired = fires(path, rule)
    column = stopping_column(fired)[:, None]
    until = np.arange(fired.shape[1]) <= column
    # What was asked no more falls into a column that is then dropped.
    groups = np.where(until & (path.group >= 0), path.group, path.n_groups)
    asked = np.zeros((len(column), path.n_groups + 1), dtype=np.bool_)
    np.put_along_axis(asked, groups, True, axis=1)
    return Stopped(
        label=np.take_along_axis(path.label, column, axis=1)[:, 0],
        top=np.take_along_axis(path.top, column[:, :, None], axis=1)[:, 0],
        spent=np.take_along_axis(path.spent, column, axis=1)[:, 0],
        questions=np.minimum(column[:, 0] + 1, path.length),
        confidence=np.take_along_axis(path.confidence, column, axis=1)[:, 0],
        probability=np.take_along_axis(path.probability, column, axis=1)[:, 0],
        asked=asked[:, : path.n_groups],
    )


def questions_asked(path: Path) -> Ints:
    """Return how many questions were asked by each column, `(n_images, R)`."""
    so_far = np.arange(1, path.group.shape[1] + 1)
    return np.minimum(so_far, path.length[:, None])


def _walk_batch(
    game: Game, similarities: Tensor, first: int, prove: bool
) -> dict[str, NDArray[Any]]:
    """Return the arrays of a path for one batch, whose first picture has the number `first`."""
    plan, cosines = game.plan, similarities.to(game.plan.device)
    numbers = torch.arange(first, first + len(similarities), device=plan.device)
    begin = start(game.reading, len(similarities), numbers)
    leader = leading_class(plan, begin, game.decide)
    now = signals_of(game, Standing(plan, begin, leader, game.moments), prove)
    columns = [now]

    def watch(standing: Standing) -> None:
        rows, after = standing.state.picture - first, signals_of(game, standing, prove)
        columns.append({k: v.index_put((rows,), after[k]) for k, v in columns[-1].items()})

    outcome = play(
        game,
        kept_similarities(plan, cosines),
        len(similarities),
        numbers=numbers,
        watch=watch,
    )
    rounds = columns[1:] or columns
    kept = {name: torch.stack([column[name] for column in rounds], dim=1) for name in now}
    entropy = torch.stack([column["entropy"] for column in [now, *rounds]], dim=1)
    del kept["entropy"]
    kept |= {"group": outcome.groups_asked[:, : len(rounds)], "bits": -entropy.diff(dim=1)}
    return {name: array.cpu().numpy() for name, array in kept.items()}


def _widened(array: NDArray[Any], width: int, name: str) -> NDArray[Any]:
    """Return an array of a path with more columns, where questions have ended."""
    past_end = {"group": -1, "bits": 0.0}.get(name, array[:, -1:])
    wider = np.empty((len(array), width, *array.shape[2:]), array.dtype)
    wider[:, : array.shape[1]] = array
    wider[:, array.shape[1] :] = past_end
    return wider
