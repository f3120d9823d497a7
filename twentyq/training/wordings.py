"""What the options of each attribute group are called in the texts of the training."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from twentyq.training.attributes import Attributes, drawn_concepts, for_training
from twentyq.training.tables import read_table


@dataclass(frozen=True, slots=True)
class WordingGroup:
    """The templates of one group, each with one `{}`, and the wordings that fill them.

    `options` are for training; `development` holds wordings of the same options that are kept out
    of it, to choose by.
    """

    templates: tuple[str, ...]
    options: dict[str, tuple[str, ...]]
    development: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class PairTemplates:
    """Templates with two slots, for a wording of the first group and one of the second."""

    groups: tuple[str, str]
    templates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PairCaption:
    """A caption that tells two attributes, each a group and an option of it."""

    text: str
    first: tuple[str, str]
    second: tuple[str, str]


_Together: TypeAlias = Mapping[tuple[str, str], Sequence[tuple[str, str]]]


def _groups() -> Iterator[tuple[str, WordingGroup]]:
    for name, group in _TABLE["groups"].items():
        options = group["options"]
        training = {option: tuple(words["training"]) for option, words in options.items()}
        development = {option: tuple(words["development"]) for option, words in options.items()}
        yield name, WordingGroup(tuple(group["templates"]), training, development)


_TABLE = read_table("wordings.yaml")
GROUPS = dict(_groups())
"""The attribute groups by name; an option's place in a group is its place in the file."""

NAME_TEMPLATES: tuple[str, ...] = tuple(_TABLE["names"]["templates"])
"""Templates for the name of what is shown, with its article; each has one `{}`."""

PAIR_TEMPLATES = tuple(
    PairTemplates((row["groups"][0], row["groups"][1]), tuple(row["templates"]))
    for row in _TABLE["pairs"]
)


def fill(template: str, *wordings: str) -> str:
    """Put wordings into the slots of a template; an article before a vowel becomes "an"."""
    text = template.format(*wordings)
    return re.sub(r"\b([Aa]) (?=[aeiou])(?!uni|use|eu|one)", r"\1n ", text)


def pairs(n: int, seed: int) -> tuple[PairCaption, ...]:
    """Draw `n` captions of two attributes; those of concepts only as some concept has both."""
    rng = random.Random(seed)
    together = {pair.groups: _together(*pair.groups) for pair in PAIR_TEMPLATES}
    return tuple(_caption(rng, together) for _ in range(n))


def _caption(rng: random.Random, together: _Together) -> PairCaption:
    pair = rng.choice(PAIR_TEMPLATES)
    first, second = rng.choice(together[pair.groups])
    one = rng.choice(GROUPS[pair.groups[0]].options[first])
    two = rng.choice(GROUPS[pair.groups[1]].options[second])
    text = fill(rng.choice(pair.templates), one, two)
    return PairCaption(text, (pair.groups[0], first), (pair.groups[1], second))


def _together(first: str, second: str) -> list[tuple[str, str]]:
    """Return the pairs of options of two groups that a picture can have at once."""
    concepts = {**drawn_concepts(), **for_training()}.values()
    seen = {
        (one, two)
        for concept in concepts
        for one in _options(concept, first)
        for two in _options(concept, second)
    }
    return sorted((one, two) for one, two in seen if one != two)


def _options(concept: Attributes, group: str) -> Iterable[str]:
    """Return a concept's options; colour and scene are no matter of the concept."""
    value = getattr(concept, group, tuple(GROUPS[group].options))
    return value if isinstance(value, tuple) else filter(None, [value])
