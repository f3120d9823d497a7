"""Everything a training run reads, put together from the work folder."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from twentyq.errors import TrainingError, shown
from twentyq.system import load_system
from twentyq.training import attributes, wordings
from twentyq.training.attributes import Attributes
from twentyq.training.backgrounds import SCENES
from twentyq.training.corpus import Corpus, Phrases, compile_texts, read_vectors
from twentyq.training.held_out import mentions_held_out
from twentyq.training.losses import (
    BACKGROUND,
    COLOUR,
    OF_VIEWS,
    SCENE,
    SECOND_COLOUR,
    TRAIT,
    Truth,
    Weights,
)
from twentyq.training.model import DualEncoder
from twentyq.training.protocol import load_protocol
from twentyq.training.scenes import load_bank
from twentyq.training.validation import Validation
from twentyq.training.views import Composer, Drawings

VALIDATION_STYLE = "fxemoji"
WEIGHTS = Weights(
    groups={
        COLOUR: 1.0,
        SECOND_COLOUR: 0.3,
        BACKGROUND: 0.3,
        SCENE: 0.7,
        "shape": 0.7,
        TRAIT: 0.7,
        "kind": 0.5,
    },
    group=0.25,
    name=1.5,
    name_to_picture=0.5,
    pairs=0.5,
)
# Sixteen of all kinds, none of them held out for the test.
_DEVELOPMENT_ANIMALS = (
    *("wolf", "leopard", "giraffe", "cow", "panda", "mouse", "bat", "eagle", "flamingo"),
    *("turtle", "snake", "dolphin", "crab", "spider", "ant", "snail"),
)
_VALIDATION_VIEWS, _VALIDATION_SEED = 512, 77
# Silhouettes teach shapes, but are far from what most pictures look like: they are drawn less.
_SINGLE_COLOUR_STYLES, _SINGLE_COLOUR_SHARE = ("game-icons",), 0.3
_THINGS = ("objects", "activities", "food-drink")
_RARE = 2
_MOST_NAMES = 3
_PAIRS, _PAIRS_SEED = 3000, 3
# A drawing put beside a creature, and the trait that it brings.
_EXTRAS = {
    "flames": ("fire",),
    "plant": ("herb", "seedling"),
    "spoon": ("spoon",),
    "glow": ("light bulb", "crystal ball"),
    "armor": ("shield",),
    "petals": ("cherry blossom",),
}
Entry = dict[str, Any]


@dataclass(frozen=True)
class Words:
    """What is said of the drawings, before it is embedded.

    ``names`` are all ways to name each distinct name; ``name`` ``(n_drawings,)`` points into them,
    -1 for drawings that are not used.
    """

    names: tuple[tuple[str, ...], ...]
    name: Tensor
    looks: tuple[Attributes | None, ...]


@dataclass(frozen=True)
class Material:
    """A composer of training views, what is true of them, the texts, and the validation.

    ``unseen`` validates on the development animals, where they are kept out of the training.
    """

    composer: Composer
    truth: Truth
    corpus: Corpus
    validation: Validation
    unseen: Validation | None

    def measure(self, model: DualEncoder) -> dict[str, float]:
        """Validate a model; half of the mean is naming unseen animals, where there are any."""
        measured = self.validation.measure(model)
        if self.unseen is None:
            return measured
        named = round(self.unseen.share_named(model), 4)
        mean = round((measured["mean"] + named) / 2, 4)
        return {**measured, "unseen animals": named, "mean": mean}


def read_entries(work: Path) -> list[Entry]:
    """Read what the training drawings show."""
    entries: list[Entry] = json.loads((work / "icons" / "train.json").read_text("utf-8"))
    return entries


def read_words(entries: Sequence[Entry]) -> Words:
    """Collect the names and looks of drawings; those of one name share its ways to say it."""
    looks = tuple(_look(entry) for entry in entries)
    frequency = Counter(word for entry in entries for word in set(entry["keywords"]))
    styles = len({entry["style"] for entry in entries})
    ways: dict[str, dict[str, None]] = {}
    for entry, look in zip(entries, looks, strict=True):
        if not _is_used(entry, look):
            continue
        rare = [k for k in entry["keywords"] if frequency[k] <= _RARE * styles]
        bare = re.sub(r" face$", "", entry["name"]) if look and look.legs is None else ""
        names = ways.setdefault(entry["name"], {})
        names.update(
            dict.fromkeys([entry["name"], *filter(None, [bare]), *_also(entry, look), *rare])
        )
    order = {name: i for i, name in enumerate(ways)}
    return Words(
        tuple(_said(list(names)) for names in ways.values()),
        torch.tensor(
            [
                order[entry["name"]] if _is_used(entry, look) else -1
                for entry, look in zip(entries, looks, strict=True)
            ]
        ),
        looks,
    )


def _said(names: Sequence[str]) -> tuple[str, ...]:
    """Say names with their article; wordings of the article and of the test are left unsaid."""
    said = [with_article(name) for name in names if not _is_test_wording(name)]
    return tuple(said[:_MOST_NAMES])


def _is_test_wording(name: str) -> bool:
    """Tell whether a name, or likeness to it, is a wording that the test alone may use.

    The name of an emoji is no likeness: a cat may be called a cat where "like a cat" is tested.
    """
    said = with_article(name)
    likeness = name not in attributes.emoji_concepts() and f"like {said}" in _test_wordings()
    return said in _test_wordings() or likeness


@cache
def _test_wordings() -> frozenset[str]:
    article = [option for group in load_system("pokemon").groups for option in group.options]
    options = load_protocol().options
    unseen = [
        wording
        for group in (options.shape, options.trait, options.scene)
        for option in group.values()
        for wording in option.unseen
    ]
    return frozenset([*article, *unseen])


def with_article(name: str) -> str:
    """Put the indefinite article before a singular name."""
    if re.match(r"(a|an|the|two|three|many|some) ", name) or re.search(r"[^s]s$", name):
        return name
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def texts_of(words: Words) -> tuple[str, ...]:
    """Write out every text of the training, the development wordings among them.

    Raises ``TrainingError`` where one names an animal that is held out from the training.
    """
    texts = _compiled(words)[0]
    for text in texts:
        if mentions_held_out(text):
            raise TrainingError(
                "a text of the training names an animal that is held out from it",
                where="names and wordings of the training",
                got=shown(text),
                allowed="texts without any word of held_out.yaml",
                mend="remove the drawing, keyword or wording that it comes from",
            )
    return texts


def load_material(work: Path, device: torch.device, hold_out: bool = False) -> Material:
    """Load banks, texts and truth; drawings of the validation style serve the validation alone.

    With ``hold_out`` the development animals are kept out of the training, to choose by.
    """
    entries = read_entries(work)
    words = read_words(entries)
    rgba = torch.from_numpy(np.load(work / "icons" / "train.npy", mmap_mode="c"))
    scenes = load_bank(work / "scenes.npy", device)
    texts, questions, development, names, pair_rows, pair_attributes = _compiled(words)
    vectors = read_vectors(work / "texts", texts).to(device)

    def moved(phrases: Phrases) -> Phrases:
        return replace(phrases, rows=phrases.rows.to(device))

    corpus = Corpus(
        vectors,
        {group: moved(phrases) for group, phrases in questions.items()},
        moved(names),
        pair_rows.to(device),
        pair_attributes.to(device),
    )
    kept_out = torch.tensor([entry["style"] == VALIDATION_STYLE for entry in entries])
    used = words.name >= 0
    animal = torch.tensor([_is_development_animal(look) for look in words.looks])
    training = (used & ~kept_out & ~(animal & hold_out)).nonzero()[:, 0]

    def some(rows: Tensor) -> tuple[Composer, Truth]:
        chosen = [entries[i] for i in rows.tolist()]
        looks = [words.looks[i] for i in rows.tolist()]
        truth = Truth(_options(chosen, looks, device), words.name[rows].to(device), len(SCENES))
        return Composer(_drawings(rgba, rows, chosen, looks, device), scenes), truth

    def validation(rows: Tensor) -> Validation:
        looked_at, known = some(rows)
        chance = torch.Generator(device)
        chance.manual_seed(_VALIDATION_SEED)
        return Validation(
            looked_at.compose(_VALIDATION_VIEWS, chance),
            known,
            {group: moved(phrases) for group, phrases in development.items()},
            names.rows[:, 0, 0].to(device),
            vectors,
        )

    composer, truth = some(training)
    return Material(
        composer,
        truth,
        corpus,
        validation((used & kept_out).nonzero()[:, 0]),
        validation((used & animal).nonzero()[:, 0]) if hold_out else None,
    )


def _compiled(
    words: Words,
) -> tuple[tuple[str, ...], dict[str, Phrases], dict[str, Phrases], Phrases, Tensor, Tensor]:
    return compile_texts(
        wordings.GROUPS, words.names, wordings.NAME_TEMPLATES, wordings.pairs(_PAIRS, _PAIRS_SEED)
    )


def _look(entry: Entry) -> Attributes | None:
    return attributes.find(entry["name"], entry["keywords"], emoji=bool(entry["codepoints"]))


def _also(entry: Entry, look: Attributes | None) -> tuple[str, ...]:
    """Give the other names of the concept that the drawing is named after."""
    return look.also if look and look.name == entry["name"] else ()


def _is_used(entry: Entry, look: Attributes | None) -> bool:
    """Tell whether a drawing can be named and, where it has a single colour, its look is known."""
    named = not all(map(_is_test_wording, (entry["name"], *_also(entry, look))))
    return named and (look is not None or entry["style"] not in _SINGLE_COLOUR_STYLES)


def _is_development_animal(look: Attributes | None) -> bool:
    """Tell whether a drawing shows one of the animals to choose by."""
    name = re.sub(r" (face|head)$", "", look.name) if look else ""
    return name in _DEVELOPMENT_ANIMALS


def _is_creature(entry: Entry, look: Attributes | None) -> bool:
    if look is None:
        return bool(entry["group"] == "animals-nature")
    return bool(look.shape) and "object" not in look.shape


def _options(
    entries: Sequence[Entry], looks: Sequence[Attributes | None], device: torch.device
) -> dict[str, Tensor]:
    """Give for each group that is looked up by drawing its table of true options."""
    tables = {}
    for group, asked in wordings.GROUPS.items():
        if group in OF_VIEWS:
            continue
        place = {option: i for i, option in enumerate(asked.options)}
        table = np.zeros((len(entries), len(place)), np.float32)
        for row, (entry, look) in enumerate(zip(entries, looks, strict=True)):
            for option in _true_options(group, entry, look):
                if option in place:
                    table[row, place[option]] = 1
        table /= np.maximum(table.sum(1, keepdims=True), 1)
        tables[group] = torch.from_numpy(table).to(device)
    return tables


def _true_options(group: str, entry: Entry, look: Attributes | None) -> tuple[str, ...]:
    if look is not None:
        value = getattr(look, group)
        return value if isinstance(value, tuple) else (value,)
    if group == "kind" and entry["subgroup"]:
        return attributes.kind_of(entry["subgroup"])
    if group == "shape" and entry["group"] in _THINGS:
        return ("object",)
    return ()


def _drawings(
    rgba: Tensor,
    rows: Tensor,
    entries: Sequence[Entry],
    looks: Sequence[Attributes | None],
    device: torch.device,
) -> Drawings:
    creature = torch.tensor(
        [_is_creature(entry, look) for entry, look in zip(entries, looks, strict=True)]
    )
    frequency = Counter(entry["name"] for entry in entries)
    # A name that many styles draw is seen more often than one drawn once, but not so many times.
    draws = torch.tensor(
        [
            frequency[entry["name"]] ** -0.5
            * (_SINGLE_COLOUR_SHARE if entry["style"] in _SINGLE_COLOUR_STYLES else 1)
            for entry in entries
        ]
    )
    places: dict[str, list[int]] = {}
    for row, entry in enumerate(entries):
        if entry["style"] not in _SINGLE_COLOUR_STYLES:
            places.setdefault(entry["name"], []).append(row)
    extras = {}
    for trait, names in _EXTRAS.items():
        beside = [row for name in names for row in places.get(name, [])]
        if beside:
            index = list(wordings.GROUPS[TRAIT].options).index(trait)
            extras[index] = torch.tensor(beside, device=device)
    single = torch.tensor([entry["style"] in _SINGLE_COLOUR_STYLES for entry in entries])
    return Drawings(
        rgba[rows].to(device),
        single.to(device),
        creature.to(device),
        draws.to(device),
        (draws * creature).to(device),
        extras,
    )
