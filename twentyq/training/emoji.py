"""What emoji are called: names, keywords and groups per code point sequence, and by nickname."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Of the symbols only what can be seen as a shape; arrows are left out.
SHAPES = re.compile(r"circle|square|diamond|triangle|star|heart")

# What one set alone means by its names.
OWN_NAMES = {
    "fxemoji": {
        "bactriancamel": "two-hump camel",
        "bunny": "rabbit face",
        "bunnyside": "rabbit",
        "cat": "cat face",
        "catside": "cat",
        "dog": "dog face",
        "dogside": "dog",
        "dragonhead": "dragon face",
        "dragonside": "dragon",
        "evergreen": "evergreen tree",
        "fallingleaf": "fallen leaf",
        "frontfacingchick": "front-facing baby chick",
        "hampster": "hamster",
        "leaffluttering": "leaf fluttering in wind",
        "leopardside": "leopard",
        "monkeyhear": "hear-no-evil monkey",
        "monkeysee": "see-no-evil monkey",
        "monkeyspeak": "speak-no-evil monkey",
        "mouse": "mouse face",
        "mouseside": "mouse",
        "pig": "pig face",
        "pigside": "pig",
        "pigsnout": "pig nose",
        "spurtingwhale": "spouting whale",
        "tiger": "tiger face",
        "tigerside": "tiger",
    }
}


@dataclass(frozen=True)
class Emoji:
    """One emoji: its code points in hexadecimal, joined by hyphens, without variation selectors."""

    codepoints: str
    name: str
    keywords: tuple[str, ...]
    group: str
    subgroup: str


@dataclass(frozen=True)
class EmojiNames:
    """The emoji worth drawing by code points, and code points by folded nickname."""

    emoji: dict[str, Emoji]
    nicknames: dict[str, str]

    def find(self, style: str, icon: str, codepoints: str | None) -> Emoji | None:
        """Return the emoji that an icon draws, known by code points or else by the icon's name.

        A set with several drawings of one emoji counts them in the name, as in `cloud-2`.
        """
        name = OWN_NAMES.get(style, {}).get(icon, icon)
        spellings = (fold(name), fold(re.sub(r"-\d$", "", name)))
        named = (self.nicknames[one] for one in spellings if one in self.nicknames)
        return self.emoji.get(codepoints or next(named, ""))


def fold(name: str) -> str:
    """Return a name as letters and digits alone, so that spellings of sets compare equal."""
    return re.sub(r"[^a-z0-9]", "", name.lower().replace("&", "and"))


def plain_codepoints(codepoints: str) -> str:
    """Return code points in lower case without the selector that only asks for colour."""
    return "-".join(one for one in codepoints.lower().split("-") if one != "fe0f")


def read_emoji(unicode_names: Path, emojibase: Path, characters: list[Path]) -> EmojiNames:
    """Read the packages unicode-emoji-json and emojibase-data, and icon sets' `chars.json`."""
    names = _json(unicode_names / "data-by-emoji.json")
    entries = {
        plain_codepoints(entry["hexcode"]): entry for entry in _json(emojibase / "en/data.json")
    }
    keys = _json(emojibase / "meta/groups.json")
    emoji = {}
    for character, named in names.items():
        codepoints = plain_codepoints("-".join(f"{ord(one):x}" for one in character))
        entry = entries.get(codepoints)
        if entry is None or "subgroup" not in entry:
            continue
        found = Emoji(
            codepoints=codepoints,
            name=named["name"].lower(),
            keywords=tuple(entry.get("tags", ())),
            group=keys["groups"][str(entry["group"])],
            subgroup=keys["subgroups"][str(entry["subgroup"])],
        )
        if _worth_drawing(found):
            emoji[codepoints] = found
    return EmojiNames(emoji, _nicknames(emoji, emojibase, characters))


def _worth_drawing(emoji: Emoji) -> bool:
    match emoji.group:
        case "flags":
            return False
        case "people-body":  # joined ones repeat a person in every gender, hair and pairing
            return "200d" not in emoji.codepoints.split("-")
        case "symbols":
            return bool(SHAPES.search(emoji.name)) and "arrow" not in emoji.name
        case _:
            return True


def _nicknames(emoji: dict[str, Emoji], emojibase: Path, characters: list[Path]) -> dict[str, str]:
    nicknames = {fold(one.name): one.codepoints for one in emoji.values()}
    for path in characters:
        for codepoints, icon in _json(path).items():
            nicknames.setdefault(fold(icon), plain_codepoints(codepoints))
    for path in sorted((emojibase / "en/shortcodes").glob("*.json")):
        for codepoints, codes in _json(path).items():
            for code in [codes] if isinstance(codes, str) else codes:
                nicknames.setdefault(fold(code), plain_codepoints(codepoints))
    return nicknames


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))
