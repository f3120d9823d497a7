"""One vector drawing to pixels: cut to what is drawn, padded to a square, of one size."""

from __future__ import annotations

import io
from types import ModuleType

import numpy as np
import numpy.typing as npt
from PIL import Image

from twentyq.errors import TrainingError

SIZE = 112  # side of a drawing in the bank
CANVAS = 160  # side it is drawn at
LARGEST = 1280  # side a small drawing on a large sheet is drawn at, at most
VISIBLE = 8  # of 255, the least alpha that counts as drawn
DPI = 90  # what the drawing programs of the clip art's time meant by millimetres
LEAST_DRAWN = 0.01  # share of its own square that a drawing covers

Rgba = npt.NDArray[np.uint8]


def rasterize(svg: str) -> Rgba | None:
    """Return a drawing as RGBA pixels (112, 112, 4), straight alpha; None where nothing is drawn.

    Writing is not drawn, as no fonts are loaded: the result is the same on every machine.
    Raises ValueError where the text is no SVG that can be drawn.
    """
    image = _draw(svg, CANVAS)
    box = _box(image)
    if box is None:
        return None
    longest = max(box[2] - box[0], box[3] - box[1])
    if longest < SIZE:
        image = _draw(svg, min(LARGEST, CANVAS * CANVAS // longest))
        box = _box(image)
        if box is None:
            return None
        longest = max(box[2] - box[0], box[3] - box[1])
    square = Image.new("RGBA", (longest, longest))
    drawing = image.crop(box)
    square.paste(drawing, ((longest - drawing.width) // 2, (longest - drawing.height) // 2))
    # Pillow resizes RGBA in premultiplied alpha, so that clear pixels do not darken the edges.
    pixels = np.asarray(square.resize((SIZE, SIZE), Image.Resampling.LANCZOS))
    drawn = float((pixels[..., 3] > VISIBLE).mean())
    return pixels if drawn >= LEAST_DRAWN else None


def check_renderer() -> None:
    """Raise `TrainingError` where the package that draws is not installed."""
    _resvg()


def _resvg() -> ModuleType:
    try:
        import resvg_py
    except ImportError as fault:
        raise TrainingError(
            "the package resvg-py is not installed",
            where="rendering",
            mend="pip install 'twentyq[train]'",
        ) from fault
    return resvg_py


def _draw(svg: str, side: int) -> Image.Image:
    """Draw on a square canvas that holds the whole sheet."""
    png = _resvg().svg_to_bytes(
        svg_string=svg, width=side, height=side, dpi=DPI, skip_system_fonts=True
    )
    return Image.open(io.BytesIO(bytes(png))).convert("RGBA")


def _box(image: Image.Image) -> tuple[int, int, int, int] | None:
    return image.getchannel("A").point(lambda alpha: 255 * (alpha > VISIBLE)).getbbox()
