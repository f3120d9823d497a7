"""The game: ask, answer, believe, and stop where that is enough, for a batch of pictures together.

Each picture follows its own path. Only the prompts of groups that somebody asked are ever needed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from twentyq.engine.agreement import RuleMoments, rule_moments
from twentyq.engine.belief import BeliefSettings
from twentyq.engine.calibration import Calibration, check_fits, check_reports, check_targets
from twentyq.engine.decision import Decide, leading_class
from twentyq.engine.gain import DEFAULT_NOISE, Channel, build_channel, single_precision
from twentyq.engine.listening import Similarities, listen, no_answers
from twentyq.engine.outcome import Outcome
from twentyq.engine.plan import Plan
from twentyq.engine.policies import (
    FileOrderPolicy,
    GainPolicy,
    GivenPolicy,
    GreedyPolicy,
    Policy,
    StaticPolicy,
    choose,
)
from twentyq.engine.reading import Reading, build_reading
from twentyq.engine.state import State, hear, join_states, start
from twentyq.engine.stopping import (
    Confidence,
    Never,
    Standing,
    StopRule,
    mass_of_outcome,
    outcome_posterior,
)
from twentyq.engine.threads import threads
from twentyq.engine.trace import Detail, Round, record_round
from twentyq.errors import UsageError

# From so many entries of N · Q on, planning is mostly one matrix product.
LARGE = 2**18
# Below so many entries of B · N · Q, threads wait for each other longer than they work.
SMALL = 2**25

NOTHING_LEFT = "nothing-left"
BUDGET = "budget"
ALL_ASKED = "all-asked"
ORDER_ENDED = "order-ended"


@dataclass(frozen=True, slots=True, eq=False)
class Game:
    """A plan and the settings of play; immutable, and the same for every picture.

    `scale` multiplies cosines before the softmax. `budget` is the most prompts that may be spent
    on one picture. `ask_all` asks also what cannot tell classes apart, as full does. What the
    `calibration` knows of scale and noise comes before `scale` and `noise`. `rough` is the channel
    in single precision, where the plan is so large that planning by it is worth while.
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
        if isinstance(self.policy, StaticPolicy):
            self.policy.groups(self.plan)
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
        cheapest = int(self.plan.sizes[self.wanted].min()) if self.wanted.any() else 0
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
        object.__setattr__(self, "channel", channel)
        object.__setattr__(self, "rough", single_precision(channel) if large else None)
        object.__setattr__(self, "reading", reading)
        compiled = None if moments is None else rule_moments(self.plan, moments)
        object.__setattr__(self, "moments", compiled)

    @property
    def wanted(self) -> Tensor:
        """The groups worth asking, `(n_groups,)` bool: all, or those that tell classes apart."""
        informative = self.plan.informative
        return torch.ones_like(informative) if self.ask_all else informative

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


def kept_similarities(plan: Plan, cosines: Tensor) -> Similarities:
    """Return what gives the cosines that are already there, `(n_images, n_prompts)`."""
    return lambda group, rows: cosines[:, plan.options_of(group)][rows]


def play(
    game: Game,
    similarities: Similarities,
    n_images: int,
    *,
    numbers: Tensor | None = None,
    detail: Detail = "none",
    watch: Callable[[Standing], None] | None = None,
) -> Outcome:
    """Play for a batch of pictures until every one has stopped.

    `numbers` are those of the pictures within the whole run, `(n_images,)`, so that a seeded policy
    does not depend on how pictures are cut into batches. `watch` is shown after each round how the
    pictures that asked in it stand. Raises SimilarityError on a similarity that is not finite.
    """
    n_threads = torch.get_num_threads()
    small = n_images * game.plan.rules.numel() < SMALL

    def with_all_threads(group: int, rows: Tensor) -> Tensor:
        with threads(n_threads):  # an encoder may stand behind this
            return similarities(group, rows)

    with threads(1 if small else n_threads):
        return _play(game, with_all_threads, n_images, numbers, detail, watch)


def _play(
    game: Game,
    similarities: Similarities,
    n_images: int,
    numbers: Tensor | None,
    detail: Detail,
    watch: Callable[[Standing], None] | None,
) -> Outcome:
    plan = game.plan
    rows = torch.arange(n_images, device=plan.device)
    state = start(game.reading, n_images, numbers)
    answers = no_answers(game.reading, n_images)
    groups_asked = torch.full((n_images, len(plan.groups)), -1, device=plan.device)
    fired_by = torch.full((n_images,), -1, device=plan.device)
    ended: list[tuple[Tensor, State]] = []
    rounds: list[Round] = []
    # A record shows values as they are.
    rough = game.rough if detail == "none" else None

    while len(rows):
        free = game.candidates(state)
        chosen, value = choose(plan, game.channel, game.policy, state, free, rough)
        asking = chosen >= 0
        if not bool(asking.all()):
            ended.append((rows[~asking], state.rows(~asking)))
            rows, state = rows[asking], state.rows(asking)
            chosen, value = chosen[asking], value[asking]
            if not len(rows):
                break
        groups_asked[rows, state.asked.sum(dim=1)] = chosen
        listen(game.reading, similarities, answers, rows, state.picture, chosen)
        before, state = state, hear(game.reading, state, chosen, answers, rows)
        leader = leading_class(plan, state, game.decide)
        standing = Standing(plan, state, leader, game.moments)
        if detail != "none":
            rounds.append(
                record_round(game.channel, before, standing, rows, chosen, value, answers, detail)
            )
        if watch is not None:
            watch(standing)
        fired = game.stop.fired(standing)
        stopped = fired.any(dim=1)
        if not bool(stopped.any()):
            continue
        fired_by[rows[stopped]] = fired[stopped].to(torch.uint8).argmax(dim=1)
        ended.append((rows[stopped], state.rows(stopped)))
        rows, state = rows[~stopped], state.rows(~stopped)

    final = _in_picture_order(ended) if ended else state
    leader = leading_class(plan, final, game.decide)
    standing = Standing(plan, final, leader)
    probability = final.probability
    return Outcome(
        leader=leader,
        scores=final.scores,
        posterior=final.posterior,
        outcome_posterior=outcome_posterior(standing),
        prompts_spent=final.prompts_spent,
        groups_asked=groups_asked,
        stop_reason=_reasons(game, final, fired_by),
        rounds=tuple(rounds),
        probability=probability,
        outcome_probability=None if probability is None else mass_of_outcome(standing, probability),
    )


def replay(
    game: Game, groups_asked: Tensor, similarities: Similarities, *, detail: Detail = "none"
) -> Outcome:
    """Play again along the groups that were asked, `(n_images, ≤ n_groups)` padded with −1.

    Everything but the stop reason equals the first play.
    """
    given = replace(game, policy=GivenPolicy(groups_asked), stop=Never(), budget=None)
    return play(given, similarities, len(groups_asked), detail=detail)


def _in_picture_order(parts: list[tuple[Tensor, State]]) -> State:
    order = torch.argsort(torch.cat([rows for rows, _ in parts]))
    return join_states([state for _, state in parts]).rows(order)


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
