"""A canvas in the house's style, and figures as bytes: inline SVG, an SVG file, a PNG file.

Inline SVG takes its colours from the page, so that one drawing serves light and dark. Equal figures
give equal bytes: no dates, no versions, and the salt of the ids is the figure's own name.
"""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import matplotlib.style
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from twentyq.review.painting import BLUE, GREY, INK, MUTED, RED, any_script

GRID, GREEN, PURPLE, OCHRE = "#d8dde3", "#00795c", "#a0427c", "#866400"
_ON_PAGE = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    GRID: "var(--grid)",
    BLUE: "var(--blue)",
    GREEN: "var(--green)",
    RED: "var(--red)",
    PURPLE: "var(--purple)",
    OCHRE: "var(--ochre)",
    GREY: "var(--grey)",
}
_STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": MUTED,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 9,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.constrained_layout.use": True,
    "font.size": 9,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "lines.markersize": 4,
    "text.color": INK,
    "text.parse_math": False,  # a `$` in a name is a `$`
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
}
_NO_DATE = {"Date": None, "Creator": None}


class Ink(NamedTuple):
    """How one series looks: told apart by colour, by line and by marker."""

    colour: str
    line: str
    marker: str


_INKS = {
    "gain": Ink(BLUE, "-", "o"),
    "gain-per-prompt": Ink(GREEN, "-", "s"),
    "gini": Ink(RED, "-", "^"),
    "gini-per-prompt": Ink(PURPLE, "-", "D"),
    "static": Ink(OCHRE, "--", "v"),
    "random": Ink(GREY, ":", "x"),
}


def ink(policy: str) -> Ink:
    """Return how a policy is drawn; one that is not known is drawn in the text's colour."""
    return _INKS.get(policy, Ink(INK, "-.", "P"))


def house_style() -> AbstractContextManager[None]:
    """Hold matplotlib to one look whatever the user's own settings are."""
    return matplotlib.style.context(["default", _STYLE])


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """Return a figure of so many inches and its one pair of axes."""
    figure = Figure(figsize=(width, height))
    return figure, figure.add_subplot()


def in_percent(axes: Axes, *, x: bool = False, y: bool = False) -> None:
    """Write an axis of shares in percent."""
    for wanted, axis in ((x, axes.xaxis), (y, axes.yaxis)):
        if wanted:
            axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))


def png_file(figure: Figure) -> bytes:
    """Return a figure as PNG on white, large enough for a slide."""
    return _saved(figure, format="png", dpi=200, facecolor="white", metadata={"Software": None})


def svg_file(figure: Figure) -> bytes:
    """Return a figure as SVG on white, its text as outlines that need no font."""
    return _svg(figure, "file", "path", "white")


def inline_svg(figure: Figure, name: str, label: str) -> Markup:
    """Return a figure as an SVG element that scales, in the page's colours and font.

    `name` must be unique on the page, for ids begin with it; `label` is read to those who cannot
    see the figure.
    """
    root = ET.fromstring(_svg(figure, name, "none", "none"))
    width, height = (float(value) for value in root.attrib["viewBox"].split()[2:])
    for parent in list(root.iter()):
        # matplotlib's own style sheet would apply to the whole page.
        for child in [c for c in parent if c.tag.endswith(("}metadata", "}style"))]:
            parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.attrib = {
            key.rpartition("}")[2]: _of_page(key, value, name)
            for key, value in element.attrib.items()
        }
    root.attrib = {
        "viewBox": f"0 0 {width:g} {height:g}",
        "role": "img",
        "aria-label": label,
    }
    return Markup(ET.tostring(root, encoding="unicode"))


def _of_page(key: str, value: str, name: str) -> str:
    if key == "id":
        return f"{name}-{value}"
    if value.startswith("#") and "href" in key:
        return f"#{name}-{value[1:]}"
    value = re.sub(r"url\(#", f"url(#{name}-", value)
    if key == "style":
        # The page's font stands in its style sheet.
        value = re.sub(r"font: ([\d.]+px)[^;]*", r"font-size: \1", value)
        value = re.sub(r"font-family:[^;]*;?", "", value)
        value = re.sub(r"#[0-9a-f]{6}", lambda found: _ON_PAGE.get(found[0], found[0]), value)
    return value


def _svg(figure: Figure, salt: str, fonttype: str, background: str) -> bytes:
    with matplotlib.rc_context({"svg.fonttype": fonttype, "svg.hashsalt": salt}):
        return _saved(figure, format="svg", metadata=_NO_DATE, facecolor=background)


def _saved(figure: Figure, **how: Any) -> bytes:
    stream = io.BytesIO()
    with any_script():
        figure.savefig(stream, **how)
    return stream.getvalue()
