"""Debian's clip art to named drawings: each file says what it shows, who drew it and its licence.

It was gathered from many hands, so a file counts only if it says itself that it is in the public
domain, and if its name is made of plain English words.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from twentyq.training.icons import IconDrawing

ROOT = Path("usr/share/openclipart/svg")
# Without icon themes, buttons, geometry, flags, gradients and maps.
THINGS = (
    *("animals", "buildings", "containers", "decorations", "education", "electronics", "food"),
    *("geography/astronomy", "office", "people", "plants", "recreation", "science", "tools"),
    "transportation",
)
# Fifty near copies each, or writing.
SERIES = {"cards", "roadsigns", "stickmen"}
LARGEST = 400_000  # bytes; above are traced paintings, slow to draw
LONGEST_NAME = 5  # words

DC = "{http://purl.org/dc/elements/1.1/}"
# These titles name a collection or a person, and the file is named after the drawing.
NO_TITLE = re.compile(r"^$|clipart|collection|icons|theme|advertising|aiga|svg|r1\d |@", re.I)
STYLING = {"bw", "clip", "art", "contour", "icon", "md", "outline", "simple", "stylized", "symbol"}
NO_KEYWORD = re.compile(r"^$|hash|unsorted|theme", re.I)
# A prolific author whose titles are Italian, even where all their words are English ones too.
ITALIAN = re.compile(r"rollandin|architetto", re.I)


def clipart_drawings(style: str, folder: Path, english: frozenset[str]) -> list[IconDrawing]:
    """Return the clip art that is public domain, not too large and named in `english` words."""
    contents: dict[bytes, tuple[Path, bytes]] = {}
    for path in _files(folder / ROOT):
        content = path.read_bytes()
        contents.setdefault(hashlib.sha256(content).digest(), (path, content))
    drawings = (
        _read(style, path.relative_to(folder / ROOT), content, english)
        for path, content in contents.values()
    )
    return [drawing for drawing in drawings if drawing is not None]


def plain_name(title: str) -> str:
    """Return a title as a name in lower case: `Funny fish (02)` is a `funny fish`."""
    text = re.sub(r"\([^)]*\)|'s\b", " ", html.unescape(title))
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|[\W\d_]+", " ", text).lower().split()
    return " ".join(word for word in parted if len(word) > 1 and word not in STYLING)


def _files(root: Path) -> Iterator[Path]:
    for thing in THINGS:
        for path in sorted((root / thing).rglob("*.svg")):
            one_of_many = not SERIES.isdisjoint(path.relative_to(root).parts)
            if not (one_of_many or path.is_symlink() or path.stat().st_size > LARGEST):
                yield path


def _read(style: str, path: Path, content: bytes, english: frozenset[str]) -> IconDrawing | None:
    try:
        svg = content.decode()
        root = ElementTree.fromstring(svg)
    except (UnicodeDecodeError, ElementTree.ParseError, ValueError):
        return None
    nodes = [(node.tag.rpartition("}")[2], node) for node in root.iter()]
    licences = [text for tag, node in nodes if tag == "license" for text in node.attrib.values()]
    if not any(text.rstrip("/").lower().endswith("publicdomain") for text in licences):
        return None
    if any(ITALIAN.search(text) for text in (str(path), *root.itertext())):
        return None
    title = next((node.text or "" for node in root.iter(f"{DC}title")), "").strip()
    name = plain_name(path.stem if NO_TITLE.search(title) else title)
    words = name.split()
    if not words or len(words) > LONGEST_NAME or not english.issuperset(words):
        return None
    subjects = [" ".join((node.text or "").split()) for tag, node in nodes if tag == "li"]
    described = [node.text or "" for tag, node in nodes if tag == "description"]
    kept = (text.lower() for text in subjects if not NO_KEYWORD.search(text))
    return IconDrawing(
        style=style,
        name=name,
        keywords=tuple(dict.fromkeys(kept)),
        said=(title, str(path), *subjects, *described),
        group=None,
        subgroup=None,
        codepoints=None,
        svg=svg,
    )
