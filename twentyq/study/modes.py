"""The table of modes: every way to classify on the same pictures, against full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twentyq.study.costs import embedded_for
from twentyq.study.measures import hits_of, mcnemar, percentile, share
from twentyq.study.paths import Bools, Ints, Path, Stopped, stop_at, walk
from twentyq.study.reliability import reliability
from twentyq.study.resampling import difference, macro_mean
from twentyq.study.summary import Cost, Mode, Reliability
from twentyq.study.ways import Way


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """A way, the whole path of its policy, and how its stop rule leaves the pictures."""

    way: Way
    path: Path
    stopped: Stopped


def play_ways(ways: Sequence[Way]) -> list[Played]:
    """Play every way; ways that differ in their stop rule alone share one walk."""
    walked: dict[tuple[object, ...], Path] = {}
    played = []
    for way in ways:
        key = (way.mode, way.scale, way.policy, way.calibrated, id(way.cosines))
        if key not in walked:
            walked[key] = walk(way.game, way.cosines)
        path = walked[key]
        played.append(Played(way, path, stop_at(path, way.game.stop)))
    return played


def mode_figures(played: Played, full: Played, own_full: Played, truth: Ints, used: int) -> Mode:
    """Return the figures of one way.

    The difference and the test are against `full`; agreement is with `own_full`, which hears the
    same answers: for a calibrated way that is full calibrated alike. `truth` are labels
    `(n_images,)`. Shares of prompts are of full's, also for names; `used` are the prompts of full
    that some rule names.
    """
    way, stopped = played.way, played.stopped
    right, full_right = hits_of(stopped.label, truth), hits_of(full.stopped.label, truth)
    is_full = played is full
    return Mode(
        name=way.name,
        mode=way.mode,
        policy=way.policy,
        stop=way.stop,
        scale=way.scale,
        calibrated=way.calibrated,
        accuracy=share(right),
        macro_accuracy=macro_mean(right, truth),
        top5=share(hits_of(stopped.top, truth)),
        agreement=None if played is own_full else share(stopped.label == own_full.stopped.label),
        difference=None if is_full else difference(right, full_right),
        mcnemar=None if is_full else mcnemar(right, full_right),
        cost=_cost(played, full.way.game.plan.n_prompts, used),
        reliability=_reliability(stopped, right),
    )


def _cost(played: Played, prompts: int, used: int) -> Cost:
    spent, most = played.stopped.spent, played.way.game.plan.n_prompts
    mean = float(np.mean(spent))
    return Cost(
        mean=mean,
        share=mean / prompts,
        share_of_used=mean / used,
        p95=percentile(spent, 0.95, most),
        p99=percentile(spent, 0.99, most),
        embedded=embedded_for(played.stopped.asked, played.way.game.plan.sizes.cpu().numpy()),
    )


def _reliability(stopped: Stopped, right: Bools) -> Reliability:
    if np.isnan(stopped.probability).any():
        return reliability(stopped.confidence, right, "posterior")
    return reliability(stopped.probability, right, "probability")
