"""What the options of each attribute group are called in the texts of the training."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

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


def pairs(n: int, seed: int) -> tuple[PairCaption, ...]:
    """Draw `n` captions of two attributes, all groups, options, templates and wordings alike."""
    rng = random.Random(seed)
    return tuple(_pair(rng) for _ in range(n))


def _pair(rng: random.Random) -> PairCaption:
    pair = rng.choice(PAIR_TEMPLATES)
    options = [rng.choice(list(GROUPS[group].options)) for group in pair.groups]
    named = list(zip(pair.groups, options, strict=True))
    words = [rng.choice(GROUPS[group].options[option]) for group, option in named]
    return PairCaption(rng.choice(pair.templates).format(*words), named[0], named[1])
