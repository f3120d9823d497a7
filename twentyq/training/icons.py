"""Icon sets in Iconify's format to named drawings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twentyq.training.emoji import EmojiNames, plain_codepoints

# Sets of one colour leave it open; the views tint them.
INK = "#404040"
# These show a horse, a held-out animal, and do not say so.
UNSAID = {"carousel", "cavalry", "centaur", "centaur-heart", "mounted-knight"}
COUNTED = re.compile(r"-\d+$")


@dataclass(frozen=True)
class IconDrawing:
    """A vector drawing and what it shows; only emoji have a group, a subgroup and code points."""

    style: str
    name: str
    keywords: tuple[str, ...]
    group: str | None
    subgroup: str | None
    codepoints: str | None
    svg: str
    said: tuple[str, ...] = ()  # what else is said of it, such as its file's name; no caption


def emoji_drawings(style: str, folder: Path, names: EmojiNames) -> list[IconDrawing]:
    """Return the drawings of the emoji that `names` knows, one each unless the set counts more."""
    codepoints = {
        icon: plain_codepoints(text) for text, icon in _json(folder / "chars.json").items()
    }
    drawings: list[IconDrawing] = []
    seen = set()
    for icon, svg in _icons(folder):
        emoji = names.find(style, icon, codepoints.get(icon))
        if emoji is None or (emoji.codepoints in seen and not COUNTED.search(icon)):
            continue
        seen.add(emoji.codepoints)
        drawings.append(
            IconDrawing(
                style=style,
                name=emoji.name,
                keywords=emoji.keywords,
                group=emoji.group,
                subgroup=emoji.subgroup,
                codepoints=emoji.codepoints,
                svg=svg,
            )
        )
    return drawings


def icon_drawings(style: str, folder: Path) -> list[IconDrawing]:
    """Return the drawings of a set whose icons are named after what they show."""
    return [
        IconDrawing(
            style=style,
            name=COUNTED.sub("", icon).replace("-", " "),
            keywords=(),
            group=None,
            subgroup=None,
            codepoints=None,
            svg=svg,
        )
        for icon, svg in _icons(folder)
        if icon not in UNSAID and not icon.startswith("abstract-")
    ]


def _icons(folder: Path) -> Iterator[tuple[str, str]]:
    icons = _json(folder / "icons.json")
    for name, icon in icons["icons"].items():
        if icon.get("hidden"):  # kept by the set for its old users only
            continue
        box = [
            icon.get(key, icons.get(key, default))
            for key, default in (("left", 0), ("top", 0), ("width", 16), ("height", 16))
        ]
        yield (
            name,
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="{" ".join(map(str, box))}" color="{INK}">{icon["body"]}</svg>',
        )


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))
