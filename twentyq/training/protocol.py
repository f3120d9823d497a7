"""The fixed test of the builtin encoder, as `protocol.yaml` writes it down."""

from __future__ import annotations

from functools import cache
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from twentyq.training.tables import read_table

Measure: TypeAlias = Literal["names", "names-unbiased", "full", "full-unbiased", "unseen-unbiased"]
Span: TypeAlias = tuple[float, float]


class _Fixed(BaseModel):
    """A part of the protocol: no key more or less, and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Pictures(_Fixed):
    """How drawings become pictures; lengths in pixels."""

    seed: int
    side: int
    white_height: int
    scene_height: Span
    scene_width: Span
    scene_middle: Span
    scene_shift: float
    lent_by: tuple[str, ...]


class Intervals(_Fixed):
    """How intervals are made."""

    confidence: float
    resamples: int
    seed: int


class NameTemplates(_Fixed):
    """The three templates in which names are compared, per kind of picture."""

    drawings: tuple[str, ...]
    cards: tuple[str, ...]
    birds: tuple[str, ...]


class GroupTemplates(_Fixed):
    """The templates of the five groups; first and second trait share one."""

    colour: str
    kind: str
    shape: str
    trait: str


class FiveGroups(_Fixed):
    """The templates in trained and in unseen wordings."""

    trained: GroupTemplates
    unseen: GroupTemplates


class AnswerTemplates(_Fixed):
    """The templates in which answers are measured, and how many wordings of shape and trait."""

    wordings: int
    shape: tuple[str, ...]
    trait: tuple[str, ...]
    scene: tuple[str, ...]


class Colours(_Fixed):
    """A question for the main colour."""

    template: str
    options: tuple[str, ...]


class Birds(_Fixed):
    """A question for each group of the birds' table."""

    template: str


class Row(_Fixed):
    """One row of the model card's table."""

    title: str
    part: str
    measure: Measure
    prototype: float | None = None
    goal: float | None = None
    differs: str | None = None


class Limits(_Fixed):
    """What the encoder may cost on one thread, and weigh."""

    picture_ms: float
    prompt_ms: float
    megabytes: float


class Wording(_Fixed):
    """An option's wording in training, and those kept out of it."""

    trained: str
    unseen: tuple[str, ...]


class Options(_Fixed):
    """The options of the groups, by their key in the table of animals."""

    colour: tuple[str, ...]
    kind: dict[str, str]
    shape: dict[str, Wording]
    trait: dict[str, Wording]
    scene: dict[str, Wording]


class Animal(_Fixed):
    """What an animal looks like, by keys of `Options`."""

    kind: str
    colour: str
    shape: tuple[str, ...]
    trait: tuple[str, ...]


class Protocol(_Fixed):
    """Pictures, words, seeds, measures and goals of the test."""

    styles: tuple[str, ...]
    pictures: Pictures
    intervals: Intervals
    unseen: dict[str, str]
    also: dict[str, str]
    names: NameTemplates
    five_groups: FiveGroups
    answers: AnswerTemplates
    cards: dict[str, str]
    pokemon_colour: Colours
    birds: Birds
    figures: tuple[Row, ...]
    limits: Limits
    options: Options
    animals: dict[str, Animal]

    def animal_of(self, drawing: str) -> str:
        """Return what the animal of a drawing is called, as `tiger` for `tiger face`."""
        return (self.unseen | self.also).get(drawing, drawing.removesuffix(" face"))


@cache
def load_protocol() -> Protocol:
    """Return the protocol, read once."""
    return Protocol.model_validate(read_table("protocol.yaml"))
