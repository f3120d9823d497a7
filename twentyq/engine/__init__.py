"""The game, on arrays alone: plan, answers, belief, gain, policies, stop rules, play.

Read in this order: plan, answers, belief, gain, calibration, discriminant, reading, listening,
state, ties, policies, decision, certain, agreement, stopping, stop_text, trace, outcome, game.
"""

from twentyq.engine.belief import BeliefSettings
from twentyq.engine.calibration import Calibration
from twentyq.engine.game import Game, full_game, kept_similarities, play, replay
from twentyq.engine.order import learn_order
from twentyq.engine.outcome import Outcome
from twentyq.engine.plan import Plan, compile_plan, names_system
from twentyq.engine.policies import Policy, parse_policy
from twentyq.engine.stop_text import parse_stop
from twentyq.engine.stopping import StopRule

__all__ = [
    "BeliefSettings",
    "Calibration",
    "Game",
    "Outcome",
    "Plan",
    "Policy",
    "StopRule",
    "compile_plan",
    "full_game",
    "kept_similarities",
    "learn_order",
    "names_system",
    "parse_policy",
    "parse_stop",
    "play",
    "replay",
]
