"""The shape of a system file: which keys there are and what may stand under each.

This is what an editor can check by itself; `json_schema` publishes it. What needs the whole file
(whether a rule names an option that exists) is checked in `parse`.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

Crop = Literal["card-art"]
CROPS: tuple[str, ...] = get_args(Crop)

_CONTROL = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
_TEXT = rf"^[^{_CONTROL}]*[^\s{_CONTROL}][^{_CONTROL}]*$"
_TEMPLATE = rf"^[^{{}}{_CONTROL}]*\{{\}}[^{{}}{_CONTROL}]*$"

CONTROL = re.compile(f"[{_CONTROL}]")

Text = Annotated[str, Field(pattern=_TEXT)]
Template = Annotated[str, Field(pattern=_TEMPLATE)]
Index = Annotated[int, Field(ge=0)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _rule_kind(rule: object) -> str | None:
    # A boolean is an int to Python; as a rule it is nothing.
    kinds = {str: "rule:text", int: "rule:index", list: "rule:list", dict: "rule:weights"}
    return kinds.get(type(rule))


Choice = Annotated[
    Annotated[Text, Tag("rule:text")] | Annotated[Index, Tag("rule:index")],
    Discriminator(
        _rule_kind,
        custom_error_type="choice",
        custom_error_message="an option's text or index",
    ),
]

RuleShape = Annotated[
    Annotated[Text, Field(description="The option that holds, by its text."), Tag("rule:text")]
    | Annotated[
        Index,
        Field(description="The option that holds, by its index, counted from 0."),
        Tag("rule:index"),
    ]
    | Annotated[
        list[Choice],
        Field(min_length=1, description="Several options, each as likely as the others."),
        Tag("rule:list"),
    ]
    | Annotated[
        dict[Text, Weight],
        Field(min_length=1, description="Options with weights; they are normalised."),
        Tag("rule:weights"),
    ],
    Discriminator(
        _rule_kind,
        custom_error_type="rule",
        custom_error_message="an option's text, an index, a list or weights",
    ),
]


class Shape(BaseModel):
    """What the parts of a system file have in common: no unknown keys, no guessing of types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class GroupShape(Shape):
    """One question: a prompt template and the options that fill it."""

    model_config = ConfigDict(title="Attribute group")

    prompt: Template = Field(
        title="Prompt template",
        description="A sentence with one {} where the option goes, and no other braces.",
        examples=["This Pokémon's body is mainly {} in color."],
    )
    options: list[Text] = Field(
        title="Options",
        description="The possible answers; they should exclude each other and cover all classes.",
        min_length=2,
        examples=[["white", "gray", "brown"]],
    )


class AcceptsShape(Shape):
    """Findings of `twentyq system check` that the author knows of and accepts."""

    model_config = ConfigDict(title="Accepted findings")

    tie: list[list[Text]] = Field(
        default=[],
        title="Ties",
        description="Sets of classes that no question of this system can tell apart.",
    )
    why: str = Field(default="", title="Why", description="The reason, for the next reader.")


class SystemShape(Shape):
    """Attribute groups and rules that tell classes apart, for `twentyq`."""

    model_config = ConfigDict(title="twentyq system file")

    name: Text = Field(title="Name", description="A short name for the system.")
    about: str = Field(default="", title="About", description="One line on what it is for.")
    source: str = Field(default="", title="Source", description="Where the system comes from.")
    license: str = Field(default="", title="Licence", description="The terms of its use.")
    names_prompt: Template = Field(
        default="{}",
        title="Prompt for class names",
        description="A template with {} for the class-name baseline; the bare name by default.",
    )
    crop: Crop | None = Field(
        default=None,
        title="Crop",
        description="How pictures are cut before they are embedded; leave it out for no cut.",
    )
    groups: dict[Text, GroupShape] = Field(
        title="Attribute groups",
        description="The questions, by name. Ties between them go to the one that stands first.",
        min_length=1,
    )
    classes: dict[Text, Annotated[dict[Text, RuleShape], Field(min_length=1)]] = Field(
        title="Classes",
        description="For each class, its rule in each group; a group left out is unknown.",
        min_length=2,
    )
    labels: dict[Text, Text] = Field(
        default={},
        title="Labels",
        description="Class to reported label, where it is not the class's own name.",
    )
    prior: dict[Text, Annotated[float, Field(gt=0, allow_inf_nan=False)]] = Field(
        default={},
        title="Prior",
        description="Class to weight before any question; classes left out weigh 1.",
    )
    accepts: AcceptsShape = Field(default=AcceptsShape())
    history: list[Text] = Field(
        default=[],
        title="History",
        description="What refinement changed, a line each, and what it was measured to bring.",
    )


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a system file, draft 2020-12."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, **SystemShape.model_json_schema()}
