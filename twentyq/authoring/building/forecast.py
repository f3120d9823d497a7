"""What a build will take, before anything is asked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from twentyq.authoring.building.brief import Brief
from twentyq.authoring.building.proposals import (
    PlanRevision,
    ProposeGroup,
    ProposeRules,
    ProposeThemes,
    ReviseGroup,
    ReviseRules,
    Theme,
)
from twentyq.authoring.building.requests import (
    MARKS_OF_ONE_RULE,
    group_inputs,
    rules_inputs,
    rules_lots,
    themes_inputs,
)
from twentyq.authoring.building.revision_requests import (
    plan_inputs,
    revised_group_inputs,
    revised_rules_inputs,
    revised_rules_lots,
    rule_line,
)
from twentyq.authoring.building.room import Room, request_tokens
from twentyq.authoring.building.roster import lines_of
from twentyq.authoring.language_model import Price, estimated_tokens
from twentyq.system import System

# Stand-ins of a usual length for what the model has yet to propose.
_THEME = Theme(name="main_color", asks="Which color covers most of the body?")
_PROMPT = "The body of this animal is mainly {} in color."
_OPTION = "a pale yellow"
THEME_TOKENS = 40
QUESTION_TOKENS = 30
OPTION_TOKENS = 8


@dataclass(frozen=True, slots=True)
class Forecast:
    """Calls and tokens, if every first reply is usable."""

    calls: int
    prompt_tokens: int
    completion_tokens: int

    def __add__(self, other: Forecast) -> Forecast:
        return Forecast(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
        )

    def figures(self, price: Price | None) -> str:
        """Say it in a clause, with the cost where the price is known."""
        cost = "at a price that is not known here"
        if price is not None:
            cost = f"about ${price.of(self.prompt_tokens, self.completion_tokens):.4f}"
        return (
            f"{self.calls} calls, {self.prompt_tokens:,} tokens of questions and "
            f"{self.completion_tokens:,} of replies, {cost}"
        )

    def told(self, price: Price | None, retries: int, max_calls: int) -> str:
        """Say it on one line, for replies that may have to be asked for again."""
        return (
            f"forecast: {self.figures(price)}; more where replies have to be asked for again "
            f"(at most {retries} times each), never more than {max_calls} calls"
        )


def forecast_draft(brief: Brief, room: Room) -> Forecast:
    """Return what drafting a system takes, replies kept from earlier runs not counted."""
    lines = lines_of(brief.classes, brief.facts)
    group = request_tokens(ProposeGroup, group_inputs(brief, _THEME, lines, room))
    question = (_PROMPT, [_OPTION] * brief.options)
    rules = [
        request_tokens(ProposeRules, rules_inputs(brief.about, question, lot))
        for lot in rules_lots(brief.about, question, lines, room)
    ]
    return Forecast(
        calls=1 + brief.groups * (1 + len(rules)),
        prompt_tokens=request_tokens(ProposeThemes, themes_inputs(brief, [], lines, room))
        + brief.groups * (group + sum(rules)),
        completion_tokens=brief.groups
        * (THEME_TOKENS + _question_tokens(brief.options) + _rules_tokens(brief.classes)),
    )


def forecast_revision(system: System, notes: str, most: int, room: Room) -> Forecast:
    """Return what a revision takes at most: every group worded and ruled anew, none added."""
    plan = plan_inputs(system, notes, room)
    forecast = Forecast(1, request_tokens(PlanRevision, plan), THEME_TOKENS)
    for group in system.groups:
        inputs = revised_group_inputs(system, group, notes, most)
        worded = request_tokens(ReviseGroup, inputs)
        question = (group.prompt, group.options)
        lines = {
            name: rule_line(name, rules.get(group.name), lost=False)
            for name, rules in system.rules.items()
        }
        asked = (system, group.name, question, notes)
        rules = [
            request_tokens(ReviseRules, revised_rules_inputs(*asked, lot))
            for lot in revised_rules_lots(*asked, lines, room)
        ]
        forecast += Forecast(
            calls=1 + len(rules),
            prompt_tokens=worded + sum(rules),
            completion_tokens=_question_tokens(most) + _rules_tokens(system.classes),
        )
    return forecast


def _question_tokens(options: int) -> int:
    return QUESTION_TOKENS + options * OPTION_TOKENS


def _rules_tokens(classes: Collection[str]) -> int:
    names = sum(map(estimated_tokens, classes))
    return names + len(classes) * (OPTION_TOKENS + MARKS_OF_ONE_RULE)
