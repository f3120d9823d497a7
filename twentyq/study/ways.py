"""The ways to classify that a study puts side by side, each as a game ready to be played."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from torch import Tensor

from twentyq.engine import (
    Game,
    Plan,
    compile_plan,
    full_game,
    names_system,
    parse_policy,
    parse_stop,
)
from twentyq.engine.calibration import Calibration
from twentyq.study.similarities import BARE_NAME, Similarities
from twentyq.system import System

POLICIES = ("gain", "gain-per-prompt", "gini", "gini-per-prompt", "static", "random")
STOPS = ("confidence:0.9", "certain")
ARTICLE_SCALE = 1.0
FULL_CALIBRATED = "full, calibrated"


@dataclass(frozen=True, slots=True, eq=False)
class Studied:
    """What is studied: pictures as an encoder sees them, and the system that is asked of them.

    `scale` is the encoder's own; `calibration` is None where there is none. `notice` is what a
    reader must know of the encoder, if there is something.
    """

    system: System
    plan: Plan
    encoder: str
    encoder_identity: str
    scale: float
    similarities: Similarities
    calibration: Calibration | None = None
    notice: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """One way to classify: its name in the report, and the game to play on `cosines`."""

    name: str
    mode: Literal["adaptive", "full", "names"]
    scale: Literal["encoder", "article"]
    game: Game
    cosines: Tensor
    policy: str | None = None
    stop: str | None = None
    calibrated: bool = False


def reference_ways(studied: Studied) -> list[Way]:
    """Return full at both scales and calibrated, and names bare and in the file's template."""
    plan, seen = studied.plan, studied.similarities
    full, article = (full_game(plan, scale) for scale in (studied.scale, ARTICLE_SCALE))
    ways = [
        Way("full", "full", "encoder", full, seen.groups),
        Way("full, article's scale", "full", "article", article, seen.groups),
    ]
    if studied.calibration is not None:
        game = replace(full, calibration=studied.calibration)
        ways.append(Way(FULL_CALIBRATED, "full", "encoder", game, seen.groups, calibrated=True))
    for template, cosines in seen.class_names.items():
        system = replace(studied.system, names_prompt=template)
        names = compile_plan(
            names_system(system), classes=plan.classes, skip_unused=True, device=plan.device
        )
        called = "names" if template == BARE_NAME else f'names in "{template}"'
        ways.append(Way(called, "names", "encoder", full_game(names, studied.scale), cosines))
    return ways


def adaptive_game(
    plan: Plan, scale: float, policy: str, stop: str, calibration: Calibration | None
) -> Game:
    """Return adaptive play by a policy and a stop rule.

    Raises UsageError for one that is not understood, or that the plan or the calibration does not
    allow.
    """
    return Game(
        plan,
        scale,
        policy=parse_policy(policy),
        stop=parse_stop(stop),
        calibration=calibration or Calibration(),
    )


def adaptive_way(studied: Studied, policy: str, stop: str) -> Way:
    """Return adaptive play by a policy and a stop rule; raises what `adaptive_game` does."""
    game = adaptive_game(studied.plan, studied.scale, policy, stop, studied.calibration)
    return Way(
        f"{policy}, {stop}",
        "adaptive",
        "encoder",
        game,
        studied.similarities.groups,
        policy=policy,
        stop=stop,
        calibrated=studied.calibration is not None,
    )


def adaptive_ways(studied: Studied, policies: Sequence[str], stops: Sequence[str]) -> list[Way]:
    """Return adaptive play by every policy with every stop rule that goes with it."""
    return [adaptive_way(studied, *pair) for pair in pairs(policies, stops)]


def pairs(policies: Sequence[str], stops: Sequence[str]) -> list[tuple[str, str]]:
    """Return every policy with every stop rule that goes with it.

    Thresholds of `agrees` were found for one policy, the first, and are played with that alone.
    Raises UsageError for a stop rule that is not understood.
    """
    return [
        (policy, stop)
        for policy in policies
        for stop in stops
        if policy == policies[0] or not parse_stop(stop).targets
    ]


def check_written(policies: Sequence[str], stops: Sequence[str]) -> None:
    """Raise UsageError for a policy or stop rule that is not understood."""
    for policy in policies:
        parse_policy(policy)
    for stop in stops:
        parse_stop(stop)
