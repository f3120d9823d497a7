"""What a game is: a plan, and the settings of play compiled for it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from twentyq.engine.agreement import RuleMoments, rule_moments
from twentyq.engine.belief import BeliefSettings
from twentyq.engine.calibration import Calibration, check_fits, check_reports, check_targets
from twentyq.engine.decision import Decide
from twentyq.engine.gain import DEFAULT_NOISE, Channel, build_channel, single_precision
from twentyq.engine.plan import Plan
from twentyq.engine.policies import (
    FileOrderPolicy,
    GainPolicy,
    GreedyPolicy,
    Policy,
    StaticPolicy,
)
from twentyq.engine.reading import Reading, build_reading
from twentyq.engine.state import State
from twentyq.engine.stopping import Confidence, Never, StopRule
from twentyq.errors import UsageError

# From so many entries of N · Q on, planning is mostly one matrix product.
LARGE = 2**18


@dataclass(frozen=True, slots=True, eq=False)
class Game:
    """A plan and the settings of play; immutable, and the same for every picture.

    `scale` multiplies cosines before the softmax. `budget` is the most prompts that may be spent
    on one picture. `ask_all` asks also what cannot tell classes apart, as full does. What the
    `calibration` knows of scale and noise comes before `scale` and `noise`.

    `wanted` are the groups worth asking, `(n_groups,)` bool: all, or those that tell classes apart;
    `askable` are those of them that the budget and a given order ever let through. `rough` is the
    channel in single precision, on a CPU, where the plan is so large that planning by it is worth
    while.
    """

    plan: Plan
    scale: float
    policy: Policy = field(default_factory=GainPolicy)
    stop: StopRule = field(default_factory=lambda: Confidence(0.9))
    decide: Decide = "score"
    budget: int | None = None
    belief: BeliefSettings = field(default_factory=BeliefSettings)
    noise: float = DEFAULT_NOISE
    ask_all: bool = False
    calibration: Calibration = field(default_factory=Calibration)
    channel: Channel = field(init=False)
    rough: Channel | None = field(init=False)
    reading: Reading = field(init=False)
    moments: RuleMoments | None = field(init=False)
    wanted: Tensor = field(init=False)
    askable: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        calibration = self.calibration
        check_fits(self.plan, calibration)
        reading = build_reading(self.plan, self.scale, self.belief, calibration)
        if not 0 < reading.scale < math.inf:
            raise UsageError(
                "the scale of the similarities must be positive",
                where="scale",
                got=str(reading.scale),
                mend="use the encoder's own scale, or 1 for the article's formula",
            )
        order = self.policy.groups(self.plan) if isinstance(self.policy, StaticPolicy) else []
        if self.stop.needs_score and self.decide != "score":
            raise UsageError(
                "the stop rule speaks of the score",
                where="stop",
                got=f"{'|'.join(self.stop.reasons)} with decide {self.decide}",
                mend="use --decide score, or another stop rule",
            )
        if self.decide == "calibrated":
            check_reports(calibration)
        check_targets(calibration, self.stop.targets)
        informative = self.plan.informative
        wanted = torch.ones_like(informative) if self.ask_all else informative
        costs = {group: len(self.plan.options[group]) for group in wanted.nonzero()[:, 0].tolist()}
        cheapest = min(costs.values(), default=0)
        if self.budget is not None and self.budget < cheapest:
            raise UsageError(
                "the budget does not pay for any group",
                where="budget",
                got=f"{self.budget} prompts",
                allowed=f"{cheapest} to {self.plan.n_prompts} prompts",
                mend="raise the budget, or write a smaller group",
            )
        noise = self.noise if calibration.noise is None else calibration.noise
        channel = build_channel(self.plan, noise, calibration.confusion)
        moments = calibration.moments
        large = self.plan.rules.numel() >= LARGE and isinstance(self.policy, GreedyPolicy)
        large = large and self.plan.device.type == "cpu"
        object.__setattr__(self, "channel", channel)
        object.__setattr__(self, "rough", single_precision(channel) if large else None)
        object.__setattr__(self, "reading", reading)
        compiled = None if moments is None else rule_moments(self.plan, moments)
        object.__setattr__(self, "moments", compiled)
        most = self.plan.n_prompts if self.budget is None else self.budget
        askable = (g for g in costs if costs[g] <= most and (not order or g in order))
        object.__setattr__(self, "wanted", wanted)
        object.__setattr__(self, "askable", tuple(askable))

    def candidates(self, state: State) -> Tensor:
        """Return the groups that may be asked next, `(n_images, n_groups)` bool."""
        free = ~state.asked & self.wanted
        if self.budget is None:
            return free
        return free & (state.prompts_spent[:, None] + self.plan.sizes <= self.budget)


def full_game(
    plan: Plan,
    scale: float,
    belief: BeliefSettings | None = None,
    calibration: Calibration | None = None,
) -> Game:
    """Return the reference: every group in file order, then the label of the largest score.

    With one option per rule and no calibration this is the article's method. `scale` 1 gives its
    published formula.
    """
    return Game(
        plan,
        scale,
        policy=FileOrderPolicy(),
        stop=Never(),
        belief=belief or BeliefSettings(),
        ask_all=True,
        calibration=calibration or Calibration(),
    )
