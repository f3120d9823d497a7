"""Other words for a template or an option: a general list, and a file for one system.

The file holds, by group, other templates and by option other wordings:

    body_color:
      prompts: ["a creature that is {} all over"]
      options: {gray: [grey, silver]}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from pydantic import Field, RootModel, ValidationError

from twentyq.errors import UsageError, shown, suggestion
from twentyq.system import AttributeGroup, System
from twentyq.system.document import Document, KeyPath
from twentyq.system.files import read_text
from twentyq.system.parse import folded
from twentyq.system.reader import read_document
from twentyq.system.schema import Shape, Template, Text

NAME = "{name}"
_SOUNDS_LIKE_A_VOWEL = re.compile(r"(?!uni|one\b|eu)[aeiou]", re.IGNORECASE)
_READABLE_NAME = re.compile(r"[^{}]+")


class OwnShape(Shape):
    """What a file offers for one group."""

    prompts: list[Template] = Field(default=[])
    options: dict[Text, list[Text]] = Field(default={})


class OwnWordings(RootModel[dict[Text, OwnShape]]):
    """What a file offers, by group."""


class GeneralShape(Shape):
    """The list that comes along: `frames` may hold {name} besides {}."""

    openings: list[str]
    frames: list[str]
    synonyms: list[list[Text]]


S = TypeVar("S", OwnWordings, GeneralShape)


@dataclass(frozen=True, slots=True)
class Wordings:
    """What may be said in place of what a system says; `own` is by group."""

    general: GeneralShape
    own: Mapping[str, OwnShape] = field(default_factory=dict)

    def templates(self, group: AttributeGroup, first: str) -> tuple[str, ...]:
        """Return other templates for a group whose template was once `first`."""
        own = self.own[group.name].prompts if group.name in self.own else []
        offered = [first, *own, *self._reopened(first), *self._framed(group.name)]
        return tuple(text for text in dict.fromkeys(offered) if text != group.prompt)

    def options(self, group: AttributeGroup, index: int) -> tuple[str, ...]:
        """Return other wordings of one option, unlike every option of the group."""
        option, taken = group.options[index], {folded(text) for text in group.options}
        own = self.own[group.name].options if group.name in self.own else {}
        offered = [text for key, texts in own.items() for text in _others(option, [key, *texts])]
        offered += [text for words in self.general.synonyms for text in _replaced(option, words)]
        return tuple(text for text in dict.fromkeys(offered) if folded(text) not in taken)

    def _reopened(self, template: str) -> list[str]:
        for opening in self.general.openings:
            rest = template.removeprefix(opening)
            if rest != template and "{}" in rest:
                return [other + rest for other in ("", *self.general.openings)]
        return []

    def _framed(self, group: str) -> list[str]:
        words = " ".join(group.replace("_", " ").split())
        if not _READABLE_NAME.fullmatch(words):
            return [frame for frame in self.general.frames if NAME not in frame]
        return [frame.replace(NAME, words) for frame in self.general.frames]


def general_wordings() -> Wordings:
    """Return the list that comes along, for any system."""
    name = "wordings.yaml"
    text = (files("twentyq.authoring.refining") / name).read_text(encoding="utf-8")
    return Wordings(_checked(read_document(text, name), GeneralShape))


def read_wordings(path: Path, system: System) -> Wordings:
    """Return the general list with a file's own wordings for a system.

    Raises SystemFileError for a file that cannot be read, UsageError for one of another shape and
    for a group or an option that the system does not have.
    """
    document = read_document(read_text(path), str(path))
    own = _checked(document, OwnWordings).root
    groups = {group.name: group for group in system.groups}
    for name, offered in own.items():
        _require(document, (name,), name, groups, "group")
        for option in offered.options:
            _require(document, (name, "options", option), option, groups[name].options, "option")
    return replace(general_wordings(), own=own)


def _checked(document: Document, shape: type[S]) -> S:
    try:
        return shape.model_validate(document.data)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        path = tuple(step for step in fault["loc"] if step != "[key]")
        raise UsageError(
            "this is no file of wordings",
            where=document.place(path),
            got=shown(fault["input"]),
            allowed="{group: {prompts: [template with {}, ...], options: {option: [text, ...]}}}",
            mend="write it in this form; a template holds {} once, and a text stands on one line",
        ) from None


def _require(document: Document, path: KeyPath, name: str, known: Iterable[str], kind: str) -> None:
    if name not in (names := list(known)):
        raise UsageError(
            f"the system has no such {kind}",
            where=document.place(path),
            got=shown(name),
            allowed=", ".join(names),
            mend=suggestion(name, names),
        )


def _others(option: str, alike: list[str]) -> list[str]:
    return [text for text in alike if text != option] if option in alike else []


def _replaced(option: str, words: list[str]) -> list[str]:
    """Return an option in other words: itself one of them, or with a word in it replaced.

    Within a longer text one word takes the place of one word, or the sentence would not hold.
    """
    if option in words:
        return _others(option, words)
    single = [word for word in words if " " not in word]
    return [
        _with_article(option, found, other)
        for word in single
        for found in re.finditer(rf"(?<!\w)(?:(an?) )?{re.escape(word)}(?!\w)", option)
        for other in single
        if other != word
    ]


def _with_article(option: str, found: re.Match[str], other: str) -> str:
    article = ""
    if found[1]:
        article = "an " if _SOUNDS_LIKE_A_VOWEL.match(other) else "a "
    return option[: found.start()] + article + other + option[found.end() :]
