"""The animals whose names are never read in training, and how to find a text that names one.

Words are matched whole, in any case, with their plurals and their forms in -like and -ish; hyphens,
underscores, digits and a capital within a word part words. So "sharks", "fox-like" and "FoxHead"
are mentions, "ramp", "horseshoe" and "seahorse" are not, but "sea horse" is.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from twentyq.training.tables import read_table


@dataclass(frozen=True, slots=True)
class HeldOutAnimal:
    """One animal of the unseen: the emoji that show it, and every word that stands for it."""

    name: str
    icons: tuple[str, ...]
    imagenet: tuple[str, ...]
    words: tuple[str, ...]

    @property
    def terms(self) -> tuple[str, ...]:
        """All that names this animal, in lower case: name, words and lemmas of ImageNet classes."""
        lemmas = (lemma.strip() for names in self.imagenet for lemma in names.split(","))
        return tuple(dict.fromkeys(term.casefold() for term in (self.name, *self.words, *lemmas)))


@cache
def held_out_animals() -> tuple[HeldOutAnimal, ...]:
    """Return the 21 animals of the unseen, in the order of the table."""
    return tuple(
        HeldOutAnimal(
            name=name,
            icons=tuple(row["icons"]),
            imagenet=tuple(row["imagenet"].values()),
            words=(*row["words"], *row["elsewhere"]),
        )
        for name, row in read_table("held_out.yaml").items()
    )


HELD_OUT_ICONS: tuple[str, ...] = tuple(
    icon for animal in held_out_animals() for icon in animal.icons
)
"""The 24 emoji names of the test; tiger, horse and rabbit appear as face and as body."""


def mentions_held_out(text: str) -> bool:
    """Tell whether a text names one of the held-out animals."""
    return _pattern().search(_folded(text)) is not None


@cache
def _pattern() -> re.Pattern[str]:
    terms = {_folded(term) for animal in held_out_animals() for term in animal.terms}
    longest_first = sorted(terms, key=lambda term: (-len(term), term))
    alternatives = "|".join(map(_with_plural, longest_first))
    # Underscores and digits stand in file names where a space would stand in prose.
    return re.compile(rf"(?<![^\W\d_])(?:{alternatives})(?:like|ish)?(?![^\W\d_])")


def _with_plural(term: str) -> str:
    *first, last = re.split(r"[ -]", term)
    ending = f"{re.escape(last[:-1])}(?:y|ies)" if last.endswith("y") else re.escape(last)
    return r"[\W_]+".join([*map(re.escape, first), f"{ending}(?:e?s)?"])


def _folded(text: str) -> str:
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    decomposed = unicodedata.normalize("NFKD", parted)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
