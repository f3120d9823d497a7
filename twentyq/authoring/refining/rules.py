"""Learned rules as a system holds them: proposed, rounded, and put into its words."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from twentyq.authoring.refining.learning import FOLDS, choose_strength, group_sums, learn_rules
from twentyq.authoring.refining.pool import Pool, Standing
from twentyq.authoring.refining.proposing import Candidate, Change
from twentyq.authoring.refining.splitting import Part
from twentyq.engine.plan import Plan, compile_plan
from twentyq.system import MAX_BYTES, Rule, System, dump_system

NAME = "rules"
UNITS = 1000
"""Weights are written in thousandths."""
SMALLEST = 0.2
"""Of a uniform weight: what is smaller says little and fills the file."""


@dataclass(frozen=True, slots=True, eq=False)
class RuleProposer:
    """Proposes rules learned from the pictures to train on, shrunk towards those of `written`."""

    written: System
    name: str = NAME

    def coordinates(self, system: System) -> tuple[str, ...]:  # noqa: ARG002  # all groups are one
        """Return one coordinate: the rules of all groups are learned together."""
        return ("",)

    def propose(self, pool: Pool, now: Standing, coordinate: str) -> list[Candidate]:
        """Return the system with its rules learned, none where it has them already.

        How strongly is chosen in cross-validation on the pictures to train on. Where these are too
        few for that, and where the rules would not fit into a file, nothing is proposed.
        """
        return self._learned(pool, now.system, coordinate, (Part.TRAIN,))

    def refit(self, pool: Pool, system: System) -> list[Candidate]:
        """Return the system with its rules learned from train and validation together.

        That is to be done when validation has nothing more to accept: twice the pictures teach
        more, and only pictures to test on can still judge.
        """
        return self._learned(pool, system, "", (Part.TRAIN, Part.VALIDATION))

    def _learned(
        self, pool: Pool, system: System, coordinate: str, parts: tuple[Part, ...]
    ) -> list[Candidate]:
        written = replace(system, rules=_written_for(self.written, system))
        plan = compile_plan(written, classes=pool.plan.classes)
        truth = torch.cat([pool.truth[pool.rows(part)] for part in parts])
        if len(truth) < FOLDS:
            return []
        answers = torch.cat(
            [
                torch.cat([pool.answers(group, part) for group in system.groups], dim=1)
                for part in parts
            ]
        )
        strength = choose_strength(plan, answers, truth)
        rules = as_rules(plan, readable(plan, learn_rules(plan, answers, truth, strength)))
        learned = replace(system, rules=rules)
        if learned == system or len(dump_system(learned).encode()) > MAX_BYTES:
            return []
        after = (
            f"learned from {len(truth)} pictures, shrinkage {strength.shrinkage:g}, "
            f"sharpness {strength.sharpness:g}"
        )
        return [Candidate(Change(self.name, coordinate, "as they stood", after), learned)]


def readable(plan: Plan, rules: Tensor) -> Tensor:
    """Return rules `(n_classes, n_prompts)` in whole thousandths, without their smallest weights.

    What rounding leaves over goes to the largest weight of the group.
    """
    uniform = (1 / plan.sizes.double())[plan.option_group]
    units = torch.where(rules < SMALLEST * uniform, 0, rules)
    units = (units / group_sums(plan, units) * UNITS).round()
    blocks = [plan.options_of(group) for group in range(len(plan.groups))]
    rest = UNITS - torch.stack([units[:, block].sum(dim=1) for block in blocks], dim=1)
    largest = torch.stack([units[:, b].argmax(dim=1) + b.start for b in blocks], dim=1)
    whole: Tensor = units.scatter_add(1, largest, rest)
    return whole / UNITS


def as_rules(plan: Plan, rules: Tensor) -> dict[str, dict[str, Rule]]:
    """Return rules `(n_classes, n_prompts)` as a system holds them, by class and group."""
    return {
        name: {
            group: {
                option: weight
                for option, weight in zip(plan.options[g], row[plan.options_of(g)], strict=True)
                if weight > 0
            }
            for g, group in enumerate(plan.groups)
        }
        for name, row in zip(plan.classes, rules.tolist(), strict=True)
    }


def _written_for(written: System, now: System) -> dict[str, dict[str, Rule]]:
    """Return the written rules in the words of the system of the moment, option for option.

    A group whose options are not those of the written one has its own rules.
    """
    first = {group.name: group.options for group in written.groups}
    found: dict[str, dict[str, Rule]] = {name: {} for name in now.classes}
    for group in now.groups:
        options = first.get(group.name, ())
        source = written if len(options) == len(group.options) else now
        renamed = dict(zip(options, group.options, strict=True)) if source is written else {}
        for name in now.classes:
            if (rule := source.rules[name].get(group.name)) is not None:
                found[name][group.name] = {renamed.get(o, o): w for o, w in rule.items()}
    return found
