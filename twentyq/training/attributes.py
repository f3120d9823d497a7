"""What each concept looks like when it is drawn: the labels of the training pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from twentyq.training.held_out import mentions_held_out
from twentyq.training.tables import read_table

# Shapes and traits that are still to be seen where only the head is shown.
HEAD_SHAPES = ("canine", "feline", "bird-like", "reptilian", "round", "plant-like", "object")
BODY_TRAITS = ("wings", "tail", "claws", "tentacles", "fins", "hump", "long neck")

# What follows such a word tells where the subject is, or what it has.
AFTER = (
    "with",
    "on",
    "in",
    "at",
    "and",
    "from",
    "by",
    "under",
    "over",
    "for",
    "as",
    "holding",
    "drawn",
    "against",
    "without",
)
ANIMALS = ("animal", "animals", "mammal", "bird", "birds", "insect", "fish", "creature", "monster")
IRREGULAR = {"mice": "mouse", "geese": "goose", "oxen": "ox", "teeth": "tooth", "men": "man"}


@dataclass(frozen=True, slots=True)
class Attributes:
    """What can be seen of one concept; None or nothing where it cannot be seen.

    The first entries of `shape` and `trait` count most. `also` holds other names for the concept.
    """

    name: str
    kind: tuple[str, ...] = ()
    shape: tuple[str, ...] = ()
    trait: tuple[str, ...] = ()
    covering: str | None = None
    legs: str | None = None
    limbs: str | None = None
    pattern: str | None = None
    tail: str | None = None
    head: tuple[str, ...] = ()
    mouth: str | None = None
    wings: str | None = None
    place: str | None = None
    also: tuple[str, ...] = ()


@cache
def emoji_concepts() -> Mapping[str, Attributes]:
    """Return the concepts that emoji show by their emoji name, the held-out ones among them."""
    return _section("emoji")


@cache
def drawn_concepts() -> Mapping[str, Attributes]:
    """Return the concepts of other named drawings by their name; emoji stand in for the rest."""
    plain = {
        name: _attributes(name, {"look": look})
        for look, names in _table()["plainly"].items()
        for name in names
    }
    return {**emoji_concepts(), **plain, **_section("creatures"), **_section("bodies")}


def for_training() -> dict[str, Attributes]:
    """Return the emoji concepts that may be named in training, without held-out other names."""
    return {
        name: replace(concept, also=tuple(n for n in concept.also if not mentions_held_out(n)))
        for name, concept in emoji_concepts().items()
        if not mentions_held_out(name)
    }


def kind_of(subgroup: str) -> tuple[str, ...]:
    """Return the kinds of an emojibase subgroup, none where its emoji are of no one kind."""
    return tuple(_table()["subgroups"].get(subgroup, ()))


def find(name: str, keywords: Iterable[str] = (), *, emoji: bool = False) -> Attributes | None:
    """Return what a drawing of this name shows, or None where the name does not tell.

    An emoji is found by its whole name. Of other drawings the last noun counts: a bear trap is no
    bear. Keywords are asked where the name holds no known word, and only if they agree.
    """
    if emoji:
        return emoji_concepts().get(name.lower()) or _index().get(_normal(name))
    words = _subject(_normal(name).split())
    if found := _by_last_noun(words):
        return found
    if any(_index().get(form) for word in words for form in _singulars(word)):
        return None
    return _by_keywords({_normal(keyword) for keyword in keywords})


def _by_last_noun(words: list[str]) -> Attributes | None:
    while words:
        *rest, last = words
        body = _longest_ending(rest) if last in _table()["heads"] else None
        if body and "object" not in body.shape and " ".join(words) not in _index():
            return _head_of(body)
        # Tried before endings are dropped: "cat sleeping" shows a cat, but "ring" is a noun.
        if found := _longest_ending(words):
            return found
        if not (last.endswith("ing") or last in _table()["ignored"]):
            return None
        words = rest
    return None


def _longest_ending(words: list[str]) -> Attributes | None:
    for start in range(len(words)):
        *first, last = words[start:]
        for form in _singulars(last):
            for phrase in (" ".join([*first, form]), "".join([*first, form])):
                if phrase in _index():
                    return _index()[phrase]
    return None


def _by_keywords(keywords: set[str]) -> Attributes | None:
    if keywords.isdisjoint(ANIMALS):
        return None
    found = {_index()[k].name: _index()[k] for k in keywords.difference(ANIMALS) if k in _index()}
    concept = next(iter(found.values()), None)
    return concept if concept and len(found) == 1 and "object" not in concept.shape else None


def _head_of(body: Attributes) -> Attributes:
    return replace(
        body,
        shape=("head only", *(shape for shape in body.shape if shape in HEAD_SHAPES)),
        trait=tuple(trait for trait in body.trait if trait not in BODY_TRAITS),
        legs=None,
        limbs=None,
        tail=None,
        wings=None,
    )


def _subject(words: list[str]) -> list[str]:
    """Return the words that name the subject: without what it has, where it is, and "head of"."""
    cut = next((i for i in range(1, len(words)) if _ends_the_subject(words, i)), len(words))
    words = words[:cut]
    if "of" not in words:
        return words
    before, after = words[: words.index("of")], words[words.index("of") + 1 :]
    if before and before[-1] in _table()["heads"]:
        return [*after, before[-1]]
    pictured = before and before[-1] in _table()["ignored"]
    return after if pictured else before


def _ends_the_subject(words: list[str], i: int) -> bool:
    if words[i] in AFTER:
        return True
    doing = words[i].endswith("ing") and words[i] not in _index()
    return doing and _longest_ending(words[:i]) is not None


def _singulars(word: str) -> Iterator[str]:
    yield word
    if word in IRREGULAR:
        yield IRREGULAR[word]
    for plural, singular in (("ies", "y"), ("ves", "f"), ("es", ""), ("s", "")):
        if word.endswith(plural):
            yield word.removesuffix(plural) + singular


def _normal(name: str) -> str:
    return " ".join(re.findall(r"[a-z]+", name.lower().replace("'s", "")))


@cache
def _index() -> dict[str, Attributes]:
    """Every name and other name, normal; another name of two concepts names neither."""
    concepts = drawn_concepts()
    others: dict[str, set[str]] = {}
    for concept in concepts.values():
        for other in concept.also:
            others.setdefault(_normal(other), set()).add(concept.name)
    sure = {other: concepts[min(names)] for other, names in others.items() if len(names) == 1}
    return sure | {_normal(name): concept for name, concept in concepts.items()}


def _section(title: str) -> dict[str, Attributes]:
    return {name: _attributes(name, row) for name, row in _table()[title].items()}


def _attributes(name: str, row: Mapping[str, Any]) -> Attributes:
    given = {column: value for column, value in row.items() if column != "look"}
    seen: dict[str, Any] = {**_table()["looks"][row["look"]], **given}
    for column, value in seen.items():
        seen[column] = tuple(value) if isinstance(value, list) else value
    return Attributes(name, **seen)


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = read_table("attributes.yaml")
    return table
