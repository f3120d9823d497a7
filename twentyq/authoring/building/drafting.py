"""A system from class names: a DSPy program of three steps, each small and each checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import dspy

from twentyq.authoring.building.attempts import Outcome, Verdict, answered_by, ask_for
from twentyq.authoring.building.brief import Brief
from twentyq.authoring.building.draft import Draft, Parts, Remark, assemble, too_little
from twentyq.authoring.building.judging import judge_question, judge_rules, judge_themes
from twentyq.authoring.building.partial import Question
from twentyq.authoring.building.proposals import (
    Choice,
    ProposeGroup,
    ProposeRules,
    ProposeThemes,
    Theme,
)
from twentyq.authoring.building.requests import (
    Lines,
    group_inputs,
    rules_inputs,
    rules_lots,
    themes_inputs,
)
from twentyq.authoring.building.room import Room
from twentyq.authoring.building.roster import lines_of
from twentyq.authoring.language_model import LanguageModel
from twentyq.system.document import listed


@dataclass(frozen=True, slots=True)
class Terms:
    """How the model is asked: its name for messages, its context, and how often it may mend.

    `tell` is called with a line on each thing that is done.
    """

    model: str
    room: Room
    retries: int
    tell: Callable[[str], None]


def draft_system(brief: Brief, model: LanguageModel, terms: Terms) -> Draft:
    """Return a draft of the system that is asked for.

    Raises `LanguageModelError` where the model cannot be asked or too little of it is usable.
    """
    with answered_by(model):
        draft: Draft = DraftSystem(terms)(brief=brief)
    return draft


class DraftSystem(dspy.Module):  # type: ignore[misc]  # dspy ships no types
    """Proposes themes, makes a group of each, and gives every class its rules, group by group."""

    def __init__(self, terms: Terms) -> None:
        super().__init__()
        self.terms = terms
        self.propose_themes = dspy.Predict(ProposeThemes)
        self.propose_group = dspy.Predict(ProposeGroup)
        self.propose_rules = dspy.Predict(ProposeRules)

    def forward(self, brief: Brief) -> Draft:
        """Return the draft; raises `LanguageModelError` where too little of it is usable."""
        lines = lines_of(brief.classes, brief.facts)
        themes, remarks = self.themes(brief, lines)
        parts = Parts(remarks=remarks)
        self.add_groups(parts, brief, themes, lines)
        return assemble(brief, parts, self.terms.model)

    def add_groups(self, parts: Parts, brief: Brief, themes: Sequence[Theme], lines: Lines) -> None:
        """Add to `parts` a group for each theme, with its rules, where the replies are usable."""
        for theme in themes:
            question, remarks = self.group(brief, theme, lines)
            parts.remarks += remarks
            if question is not None:
                rules, remarks = self.rules(brief.about, theme.name, question, lines)
                parts.remarks += remarks
                parts.add(theme.name, question, rules)

    def themes(self, brief: Brief, lines: Lines) -> tuple[list[Theme], list[Remark]]:
        """Return what the groups will ask about; raises `LanguageModelError` for nothing usable."""
        kept: list[Theme] = []

        def judge(replied: Any) -> Verdict[list[Theme]]:
            taken = [theme.name for theme in kept]
            verdict = judge_themes(replied.themes, brief.groups - len(kept), taken)
            kept.extend(verdict.value or [])
            return Verdict(kept or None, verdict.faults)

        asked = ask_for(
            self.propose_themes,
            lambda: themes_inputs(brief, kept, lines, self.terms.room),
            judge,
            self.terms.retries,
        )
        if asked.value is None:
            raise too_little(
                f"{brief.groups} attributes were asked for {asked.times} times, none is usable",
                self.terms.model,
                asked.replied,
            )
        self.terms.tell(f"to ask about: {listed(theme.name for theme in asked.value)}")
        short = len(asked.value) < brief.groups
        why = f"{brief.groups} groups were wanted, {len(asked.value)} proposed; {asked.why}"
        return asked.value, [Remark(why)] if short else []

    def group(
        self, brief: Brief, theme: Theme, lines: Lines
    ) -> tuple[Question | None, list[Remark]]:
        """Return a theme's prompt and options, or None and a remark."""
        inputs = group_inputs(brief, theme, lines, self.terms.room)
        asked = ask_for(
            self.propose_group,
            lambda: inputs,
            lambda replied: judge_question(
                theme.name, (replied.prompt, replied.options), brief.options
            ),
            self.terms.retries,
        )
        if asked.value is None:
            self.terms.tell(f"group {theme.name}: no usable prompt and options, left out")
            why = f"group {theme.name} is left out: no usable prompt and options; {asked.why}"
            return None, [Remark(why)]
        self.terms.tell(f"group {theme.name}: {len(asked.value[1])} options")
        return asked.value, []

    def rules(
        self, about: str, group: str, question: Question, lines: Lines
    ) -> tuple[dict[str, Choice], list[Remark]]:
        """Return one group's rules, for the classes that have a usable one, and remarks."""
        kept: dict[str, Choice] = {}
        remarks = []
        for lot in rules_lots(about, question, lines, self.terms.room):
            asked = self._ask_rules(about, group, question, lot)
            kept |= asked.value or {}
            open_still = [name for name in lot if name not in kept]
            if open_still:
                names = listed(open_still, len(open_still))
                remarks.append(Remark(f"group {group} is unknown for {names}; {asked.why}", group))
            self.terms.tell(f"group {group}: rules of {len(kept)} of {len(lines)} classes")
        return kept, remarks

    def _ask_rules(
        self, about: str, group: str, question: Question, lines: Lines
    ) -> Outcome[dict[str, Choice]]:
        kept: dict[str, Choice] = {}

        def still_open() -> dict[str, str]:
            return {name: line for name, line in lines.items() if name not in kept}

        def judge(replied: Any) -> Verdict[dict[str, Choice]]:
            verdict = judge_rules(replied.rules, list(still_open()), group, question)
            kept.update(verdict.value or {})
            return Verdict(kept, verdict.faults)

        return ask_for(
            self.propose_rules,
            lambda: rules_inputs(about, question, still_open()),
            judge,
            self.terms.retries,
        )
