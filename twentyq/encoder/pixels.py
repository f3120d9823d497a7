"""Pictures of every mode to 8-bit RGB, scaled where Pillow would clip."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

BITS_16 = 65535
BLOCK = 2**20  # pixels
# By the packing of a PNG's pixels: what Pillow multiplies them by on the way to 8 bits.
UNPACKED = {"L;2": 255 / 3, "L;4": 255 / 15, "RGB;16B": 1 / 256}


def to_rgb(image: Image.Image) -> Image.Image:
    """Return a loaded picture in RGB, transparency over white.

    16-bit grey is scaled by 255 / 65535, where Pillow's own conversion turns it white. 32-bit grey
    whose values fit in 16 bits is read as such, and a float picture within 0 to 1 as it stands; any
    other range is stretched from its least to its largest value. NaN is black, as is -inf; +inf is
    white. Raises `ValueError` where no value is finite.
    """
    if image.mode.startswith("I;16"):
        return _from_16_bits(image)
    if image.mode in ("I", "F"):
        return _from_32_bits(np.asarray(image))
    if image.mode == "La":  # Pillow has no direct way to RGBA from premultiplied grey
        image = image.convert("LA")
    if image.has_transparency_data:
        return _over_white(image.convert("RGBA"))
    return image.convert("RGB")


def unpack_hidden_colour(image: Image.Image) -> None:
    """Scale the hidden colour of a PNG as Pillow will scale its pixels; call it before they load.

    Pillow leaves that colour as it stands in the file, and then no pixel equals it.
    """
    hidden = image.info.get("transparency")
    packing = image.tile[0][3] if isinstance(image, ImageFile.ImageFile) and image.tile else None
    if hidden is None or packing not in UNPACKED:
        return
    factor = UNPACKED[packing]
    levels = hidden if isinstance(hidden, tuple) else (hidden,)
    scaled = tuple(int(level * factor) for level in levels)
    image.info["transparency"] = scaled if isinstance(hidden, tuple) else scaled[0]


def _over_white(image: Image.Image) -> Image.Image:
    # Compositing, not dropping the alpha channel: what lies hidden there must stay hidden.
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _from_16_bits(image: Image.Image) -> Image.Image:
    level = np.rint(np.arange(BITS_16 + 1) * (255 / BITS_16)).astype(np.uint8)
    transparent = image.info.get("transparency")  # PNG: the one grey level that is not shown
    if transparent is not None:
        level[transparent] = 255
    return Image.fromarray(level[np.asarray(image)]).convert("RGB")


def _from_32_bits(values: NDArray[np.generic]) -> Image.Image:
    whole = np.issubdtype(values.dtype, np.integer)
    values, shape = values.ravel(), values.shape
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        raise ValueError("no pixel has a finite value")
    low, high = float(finite.min()), float(finite.max())
    usual = BITS_16 if whole else 1.0
    if low >= 0 and high <= usual:
        low, high = 0.0, usual
    span = high - low
    if span == 0:  # one value everywhere: black, as the least value always is
        span = 1.0
    grey = np.empty(values.size, np.uint8)
    # Block by block: float64 of a whole picture would take gigabytes.
    for start in range(0, values.size, BLOCK):
        block = slice(start, start + BLOCK)
        unit = (values[block].astype(np.float64) - low) / span
        grey[block] = np.rint(np.nan_to_num(unit, nan=0.0, posinf=1.0, neginf=0.0) * 255)
    return Image.fromarray(grey.reshape(shape)).convert("RGB")
