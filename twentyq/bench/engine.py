"""The engine alone, on drawn systems: questions, games, and the gain beside plainer ways to it."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from twentyq.bench.drawn import Size, draw_plan, draw_posterior, draw_vectors
from twentyq.bench.plain import gain_in_numpy, gain_in_python
from twentyq.bench.timing import Case, Seconds, Spread, alternate, ratio, spread
from twentyq.engine import Game, Plan, play
from twentyq.engine.gain import information_gain
from twentyq.engine.playing import threads_for
from twentyq.engine.stopping import Confidence, Either, Questions
from twentyq.engine.threads import threads

# As many numbers as the vectors of the builtin encoder have, and about its scale.
DIMENSIONS = 256
SCALE = 25.0
NEVER = 2.0  # a posterior that is not reached
N_QUESTIONS = 4
N_PLAIN = 4
AT_LEAST = 0.05  # seconds a round; anything shorter is mostly the clock


@dataclass(frozen=True, slots=True)
class EngineCost:
    """What the engine costs on one drawn system.

    size               N, G, K and the batch
    question           milliseconds a picture for one question, the mean of the first ones
    gain               milliseconds a picture for one gain of all groups, as play computes it
    gain_over_matmul   that gain beside one float32 matrix product of its shape
    numpy_over_gain    the gain by naive numpy beside it
    python_over_gain   the gain by loops of Python beside it
    """

    size: Size
    question: Spread
    gain: Spread
    gain_over_matmul: Spread
    numpy_over_gain: Spread
    python_over_gain: Spread


def engine_game(size: Size, n_questions: int | None = None) -> Case:
    """Return a case that plays for one batch until every group is asked, or so many.

    It takes all that the engine does once there are vectors: cosines, answers, belief, gain and
    the look whether to stop. No game is longer than all groups: that is the most it can cost.
    """
    plan = draw_plan(size)
    pictures = draw_vectors(size.batch, DIMENSIONS, seed=1)
    prompts = draw_vectors(size.prompts, DIMENSIONS, seed=2)
    # Nothing is so sure, but it is looked for after every answer.
    stop = Either((Confidence(NEVER), Questions(n_questions or size.groups)))
    game = Game(plan, SCALE, stop=stop)

    def similarities(group: int, rows: torch.Tensor) -> torch.Tensor:
        return pictures[rows] @ prompts[plan.options_of(group)].T

    return lambda: play(game, similarities, size.batch)


def measure_engine(size: Size, rounds: int) -> EngineCost:
    """Measure questions and the gain on a drawn system of one size, on the threads of its play."""
    n_questions = min(N_QUESTIONS, size.groups)
    game = engine_game(size, n_questions)
    plan = draw_plan(size)
    with threads(threads_for(plan, size.batch)):
        taken = alternate({"game": game, **_gain_cases(plan, size)}, rounds, AT_LEAST)
    counts = {"python": 1, "numpy": min(N_PLAIN, size.batch)}
    a_picture: dict[str, Seconds] = {
        name: tuple(second / counts.get(name, size.batch) for second in seconds)
        for name, seconds in taken.items()
    }
    return EngineCost(
        size=size,
        question=spread(a_picture["game"]).times(1000 / n_questions),
        gain=spread(a_picture["gain"]).times(1000),
        gain_over_matmul=ratio(a_picture["gain"], a_picture["matmul"]),
        numpy_over_gain=ratio(a_picture["numpy"], a_picture["gain"]),
        python_over_gain=ratio(a_picture["python"], a_picture["gain"]),
    )


def _gain_cases(plan: Plan, size: Size) -> dict[str, Case]:
    posterior = draw_posterior(size)
    game = Game(plan, SCALE)
    channel = game.rough or game.channel
    chances = game.channel.probability
    # The product that the gain cannot do without: expected answers, and entropies expected.
    left = posterior.float()
    right = torch.cat([chances, game.channel.entropy], dim=1).float()
    # These take each picture by itself, so that a few of them tell what all would cost.
    plain, belief = chances.tolist(), posterior[0].tolist()
    some = posterior[:N_PLAIN].numpy()
    return {
        "gain": lambda: information_gain(channel, posterior),
        "matmul": lambda: torch.mm(left, right),
        "numpy": lambda: gain_in_numpy(chances.numpy(), some, plan),
        "python": lambda: gain_in_python(plain, belief, plan.first_option),
    }
