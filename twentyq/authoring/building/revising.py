"""A person's notes on a draft, fed back: the model plans, and only what it names is asked again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import dspy

from twentyq.authoring.building.attempts import Outcome, Verdict, answered_by, ask_for
from twentyq.authoring.building.brief import Brief
from twentyq.authoring.building.draft import Draft, Parts, Remark, assemble, too_little
from twentyq.authoring.building.drafting import DraftSystem, Terms
from twentyq.authoring.building.judging import Ruling, foreign_fault, judge_question, judge_rules
from twentyq.authoring.building.partial import Question
from twentyq.authoring.building.planning import RevisionPlan, judge_plan
from twentyq.authoring.building.proposals import Choice, PlanRevision, ReviseGroup, ReviseRules
from twentyq.authoring.building.requests import Lines
from twentyq.authoring.building.revision_requests import (
    plan_inputs,
    revised_group_inputs,
    revised_rules_inputs,
    revised_rules_lots,
    rule_line,
)
from twentyq.authoring.building.roster import lines_of
from twentyq.authoring.language_model import LanguageModel
from twentyq.system import AttributeGroup, Rule, System
from twentyq.system.document import listed


def revise_system(
    system: System, notes: str, most: int, model: LanguageModel, terms: Terms
) -> Draft:
    """Return a system changed as notes ask; a group has at most `most` options, or as before.

    Raises `LanguageModelError` where the model cannot be asked, or nothing of it is usable.
    """
    with answered_by(model):
        draft: Draft = ReviseSystem(terms, system, notes, most)()
    return draft


class ReviseSystem(dspy.Module):  # type: ignore[misc]  # dspy ships no types
    """Plans what the notes ask for, then changes only that, group by group."""

    def __init__(self, terms: Terms, system: System, notes: str, most: int) -> None:
        super().__init__()
        self.terms = terms
        self.system = system
        self.notes = notes
        self.most = most
        self.plan_revision = dspy.Predict(PlanRevision)
        self.revise_group = dspy.Predict(ReviseGroup)
        self.revise_rules = dspy.Predict(ReviseRules)
        self.draft = DraftSystem(terms)

    def forward(self) -> Draft:
        """Return the revised draft; raises `LanguageModelError` where nothing is to change."""
        plan, remarks = self.plan()
        parts = Parts(remarks=remarks)
        for group in self.system.groups:
            if group.name not in plan.drop:
                self.change(group, plan, parts)
        system = self.system
        brief = Brief(system.name, system.about, system.classes, {}, len(plan.add), self.most)
        self.draft.add_groups(parts, brief, plan.add, lines_of(system.classes, {}))
        draft = assemble(brief, parts, self.terms.model)
        return replace(draft, system=self._with_the_rest(draft.system))

    def change(self, group: AttributeGroup, plan: RevisionPlan, parts: Parts) -> None:
        """Add a group to `parts`, changed as the plan says or as it is."""
        question: Question = (group.prompt, group.options)
        rules: dict[str, Ruling] = dict(self._rules_now(group.name))
        if group.name in plan.reword:
            question, remarks = self.group(group)
            parts.remarks += remarks
        if group.name in plan.reword + plan.reassign:
            rules, remarks = self.rules(group.name, question)
            parts.remarks += remarks
        parts.add(group.name, question, rules)

    def plan(self) -> tuple[RevisionPlan, list[Remark]]:
        """Return what is to change, and a remark where not all that was named is usable."""
        inputs = plan_inputs(self.system, self.notes, self.terms.room)
        asked = ask_for(
            self.plan_revision,
            lambda: inputs,
            lambda replied: judge_plan(replied, self.system),
            self.terms.retries,
        )
        if asked.value is None:
            what = "the model names nothing that the notes would change"
            raise too_little(what, self.terms.model, asked.replied)
        for line in asked.value.lines:
            self.terms.tell(line)
        why = f"of the plan to follow the notes, a part is not usable; {asked.why}"
        return asked.value, [Remark(why)] if asked.faults else []

    def group(self, group: AttributeGroup) -> tuple[Question, list[Remark]]:
        """Return a group's prompt and options in new words, or as they are and a remark."""
        most = max(self.most, len(group.options))
        inputs = revised_group_inputs(self.system, group, self.notes, most)
        asked = ask_for(
            self.revise_group,
            lambda: inputs,
            lambda replied: judge_question(group.name, (replied.prompt, replied.options), most),
            self.terms.retries,
        )
        if asked.value is None:
            self.terms.tell(f"group {group.name}: no usable new words, as it was")
            why = f"group {group.name} is as it was, no new words are usable; {asked.why}"
            return (group.prompt, group.options), [Remark(why, group.name)]
        self.terms.tell(f"group {group.name}: {len(asked.value[1])} options")
        return asked.value, []

    def rules(self, group: str, question: Question) -> tuple[dict[str, Ruling], list[Remark]]:
        """Return one group's rules: those that still hold, and over them the changed ones."""
        old = self._rules_now(group)
        rules = {name: rule for name, rule in old.items() if set(rule) <= set(question[1])}
        lost = [name for name in old if name not in rules]
        lines = {
            name: rule_line(name, rules.get(name), lost=name in lost)
            for name in self.system.classes
        }
        changes: dict[str, Choice] = {}
        remarks = []
        for lot in revised_rules_lots(
            self.system, group, question, self.notes, lines, self.terms.room
        ):
            asked = self._ask_changes(group, question, lot, [n for n in lot if n in lost])
            changes |= asked.value or {}
            if asked.faults:
                open_still = listed((n for n in lot if n in lost and n not in changes), len(lot))
                what = f"unknown for {open_still}" if open_still else "not changed as the notes ask"
                remarks.append(Remark(f"group {group} is {what}; {asked.why}", group))
        self.terms.tell(f"group {group}: {len(changes)} of {len(lines)} classes answered anew")
        return rules | changes, remarks

    def _ask_changes(
        self, group: str, question: Question, lines: Lines, must: Sequence[str]
    ) -> Outcome[dict[str, Choice]]:
        changes: dict[str, Choice] = {}

        def judge(replied: Any) -> Verdict[dict[str, Choice]]:
            known = {n: c for n, c in replied.changes.items() if n in self.system.classes}
            wanted = [n for n in lines if n in known or (n in must and n not in changes)]
            verdict = judge_rules(known, wanted, group, question)
            changes.update(verdict.value or {})
            foreign = [
                foreign_fault("class", name, self.system.classes)
                for name in replied.changes
                if name not in known
            ]
            return Verdict(changes, (*foreign, *verdict.faults))

        inputs = revised_rules_inputs(self.system, group, question, self.notes, lines)
        return ask_for(self.revise_rules, lambda: inputs, judge, self.terms.retries)

    def _rules_now(self, group: str) -> dict[str, Rule]:
        return {name: rules[group] for name, rules in self.system.rules.items() if group in rules}

    def _with_the_rest(self, revised: System) -> System:
        """Return the revised system with all that stands beside groups and classes, as it was."""
        old = self.system
        lost = [name for name in old.classes if name not in revised.classes]
        if lost:
            raise too_little(
                "the changes would leave classes without any rule",
                self.terms.model,
                listed(lost),
                "give them a rule in another group of the draft, or ask for less in the notes",
            )
        said = f"revised with the language model {self.terms.model} by twentyq build"
        source = old.source if said in old.source else "; ".join(filter(None, [old.source, said]))
        return replace(old, groups=revised.groups, rules=revised.rules, source=source)
