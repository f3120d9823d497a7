"""The game, on arrays alone: plan, answers, belief, gain, policies, stop rules, play.

Read in this order: plan, answers, belief, gain, calibration, discriminant, reading, listening,
state, ties, policies, policy_text, decision, certain, agreement, stopping, stop_text, game, trace,
outcome, compacting, masked, asking_all, playing.
"""

from twentyq.engine.belief import BeliefSettings
from twentyq.engine.calibration import Calibration
from twentyq.engine.game import Game, full_game
from twentyq.engine.order import learn_order
from twentyq.engine.outcome import Outcome
from twentyq.engine.plan import Plan, compile_plan, names_system
from twentyq.engine.playing import kept_similarities, play, replay
from twentyq.engine.policies import Policy
from twentyq.engine.policy_text import parse_policy
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
