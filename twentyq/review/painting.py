"""A picture made of words and lines, measured in points (1/72 inch), and its PNG and SVG.

How wide words are is known before anything is drawn, so that pictures grow with what they hold and
no text lies on another.
"""

from __future__ import annotations

import io
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import matplotlib.style
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

INK, MUTED, LINE = "#1b1f24", "#59626d", "#b4bcc6"
BLUE, RED, GREY = "#0068a8", "#c94f00", "#6a7380"
PALE_BLUE, PALE_RED = "#e3eff7", "#fbe9dd"

SIZE = 8.0  # points, of text
MARGIN = 18.0
PADDING = 2.5  # between words and the border of their box

FONT = "DejaVu Sans"  # comes with matplotlib, and is its default
SHARPEST = 150  # dots per inch
MOST_DOTS = 40_000  # along the longer side; the format ends at 65,535

_STYLE = {
    "svg.fonttype": "none",  # text stays text: it can be searched and copied
    "svg.hashsalt": "twentyq",
    "text.color": INK,
    "text.hinting": "none",  # letters as wide as was measured
    "text.parse_math": False,  # a `$` in a name is a `$`
}
_BARE = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}


@dataclass(frozen=True, slots=True)
class Words:
    """Lines of text whose middle left, or middle, is at a point; boxed where `fill` is set."""

    x: float
    y: float
    text: str
    colour: str = INK
    size: float = SIZE
    bold: bool = False
    centred: bool = False
    fill: str | None = None
    edge: str = "none"


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through points."""

    points: tuple[tuple[float, float], ...]
    colour: str = LINE
    width: float = 0.8


@dataclass(frozen=True, slots=True)
class Picture:
    """Words above strokes on white; y grows downwards."""

    width: float
    height: float
    words: Sequence[Words]
    strokes: Sequence[Stroke]


@lru_cache(4096)
def text_width(text: str, size: float = SIZE, bold: bool = False) -> float:
    """Return how wide the widest line of a text is in points, at most."""
    # Where the font has no glyph a browser takes another font's, a square for East Asian scripts.
    squared = "".join("—" if unicodedata.east_asian_width(c) in "WF" else c for c in text)
    font = FontProperties(family=FONT, size=size, weight="bold" if bold else "normal")
    measure = text_to_path.get_text_width_height_descent
    with any_script():
        return max(measure(line, font, ismath=False)[0] for line in squared.split("\n"))


def heading(title: str, *lines: str) -> list[Words]:
    """Return a title and the lines below it, from the upper left corner on."""
    first = Words(MARGIN, MARGIN + 4, title, size=SIZE + 3, bold=True)
    return [first, *(Words(MARGIN, first.y + 18 + 13 * i, text) for i, text in enumerate(lines))]


def paint(picture: Picture, form: Literal["png", "svg"]) -> bytes:
    """Return a picture as PNG or SVG; equal pictures give equal bytes."""
    longest = max(picture.width, picture.height) / 72
    dpi = min(SHARPEST, MOST_DOTS / longest)
    stream = io.BytesIO()
    with styled(), any_script():
        draw(picture).savefig(stream, format=form, dpi=dpi, metadata=_BARE[form])
    return stream.getvalue()


def styled() -> AbstractContextManager[None]:
    """Hold matplotlib to one look whatever the user's own settings are."""
    return matplotlib.style.context(["default", _STYLE])


def draw(picture: Picture) -> Figure:
    """Return a picture as a figure, one unit of its axes a point; to be called when `styled`."""
    figure = Figure(figsize=(picture.width / 72, picture.height / 72), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, picture.width), ylim=(picture.height, 0))
    axes.set_axis_off()
    axes.add_collection(
        LineCollection(
            [stroke.points for stroke in picture.strokes],
            colors=[stroke.colour for stroke in picture.strokes],
            linewidths=[stroke.width for stroke in picture.strokes],
            capstyle="round",
        ),
        autolim=False,
    )
    for words in picture.words:
        box = {
            "boxstyle": f"round,pad={PADDING / words.size},rounding_size=0.3",
            "facecolor": words.fill,
            "edgecolor": words.edge,
            "linewidth": 0.8,
        }
        axes.text(
            words.x,
            words.y,
            words.text,
            color=words.colour,
            fontsize=words.size,
            fontweight="bold" if words.bold else "normal",
            ha="center" if words.centred else "left",
            va="center" if "\n" in words.text else "center_baseline",
            bbox=None if words.fill is None else box,
        )
    return figure


@contextmanager
def any_script() -> Iterator[None]:
    """Let a name be in any script: what the font lacks is a square in PNG, and text in SVG."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        yield
