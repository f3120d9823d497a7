"""What is known about the classes: attribute groups, and the rules that tell classes apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Rule = Mapping[str, float]
"""A distribution over one group's options, by option text; the weights are positive and sum to 1.

Options of weight 0 are left out.
"""


# Rules that differ by less than this are the same rule: weights of 1:3 and 2:6 must not be told
# apart by the last bit of their normalisation.
RULE_DECIMALS = 12


@dataclass(frozen=True, slots=True)
class AttributeGroup:
    """One question: a prompt template with one `{}`, and the options that fill it."""

    name: str
    prompt: str
    options: tuple[str, ...]

    @property
    def prompts(self) -> tuple[str, ...]:
        """The template filled with each option, `(n_options,)`."""
        return tuple(self.prompt.replace("{}", option) for option in self.options)


@dataclass(frozen=True, slots=True)
class System:
    """Attribute groups, classes and rules, checked and in the file's order.

    `rules[class_name][group_name]` is a `Rule`; a group that a class does not name is unknown for
    it, which the engine reads as uniform. `labels` holds only the classes whose reported label
    differs from their name. `prior` holds unnormalised weights; classes it leaves out weigh 1.
    `accepts` holds what `check` need not report: `tie`, a tuple of sets of classes, and `why`.
    `history` says, a line each, what refinement changed; the engine does not read it.
    """

    name: str
    groups: tuple[AttributeGroup, ...]
    classes: tuple[str, ...]
    rules: Mapping[str, Mapping[str, Rule]]
    labels: Mapping[str, str] = field(default_factory=dict)
    prior: Mapping[str, float] = field(default_factory=dict)
    names_prompt: str = "{}"
    about: str = ""
    source: str = ""
    license: str = ""
    crop: str | None = None
    accepts: Mapping[str, object] = field(default_factory=dict)
    history: tuple[str, ...] = ()

    @property
    def n_prompts(self) -> int:
        """Q, the number of prompts over all groups."""
        return sum(len(group.options) for group in self.groups)

    def label_of(self, class_name: str) -> str:
        """Return the label that is reported for a class."""
        return self.labels.get(class_name, class_name)

    def rule(self, class_name: str, group: AttributeGroup) -> Rule:
        """Return the distribution that holds for a class, uniform where the class has no rule."""
        uniform = dict.fromkeys(group.options, 1 / len(group.options))
        return self.rules[class_name].get(group.name, uniform)

    @property
    def tie_sets(self) -> tuple[tuple[str, ...], ...]:
        """Sets of two or more classes with equal rules in every group, in the file's order."""
        alike: dict[tuple[frozenset[tuple[str, float]], ...], list[str]] = {}
        for name in self.classes:
            key = tuple(_rounded(self.rule(name, group)) for group in self.groups)
            alike.setdefault(key, []).append(name)
        return tuple(tuple(names) for names in alike.values() if len(names) > 1)


def _rounded(rule: Rule) -> frozenset[tuple[str, float]]:
    rounded = {option: round(weight, RULE_DECIMALS) for option, weight in rule.items()}
    return frozenset((option, weight) for option, weight in rounded.items() if weight)
