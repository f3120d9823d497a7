"""Files and bytes to RGB pictures, with nothing trusted on the way."""

from __future__ import annotations

import io
import stat
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageOps, UnidentifiedImageError, features

from twentyq.encoder.faults import cause
from twentyq.encoder.pixels import to_rgb, unpack_hidden_colour
from twentyq.errors import PictureError, shown

# Pillow tries no decoder but these; that of JPEG takes the pictures of phones with several views.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF") + (
    ("AVIF",) if features.check("avif") else ()
)
MAX_PIXELS = 100_000_000
MAX_BYTES = 512 * 1024 * 1024
MAX_ASPECT = 16


Picture = str | Path | bytes | Image.Image
"""A path, an encoded file, or a picture that Pillow has opened."""


def open_picture(source: Picture, name: str | None = None) -> Image.Image:
    """Decode one picture, upright and in RGB: the first frame, with transparency over white.

    `name` is what errors call the picture; by default its path. Nothing is decoded before the
    header's size is known to be within `MAX_PIXELS`; only regular files up to `MAX_BYTES` are read.
    Raises `PictureError`, and nothing else, for what cannot be had.
    """
    name = name or (str(source) if isinstance(source, str | Path) else "picture in memory")
    if not name.isprintable():
        name = shown(name)
    if isinstance(source, Image.Image):
        with _decoding(name):
            return _upright_rgb(source, name)
    if isinstance(source, bytes):
        return _decode(io.BytesIO(source), len(source), name)
    path = Path(source)
    size = _size_of_file(path, name)
    with _opened(path, name) as stream:
        return _decode(stream, size, name)


def within_aspect(image: Image.Image) -> Image.Image:
    """Return the middle of a picture more elongated than `MAX_ASPECT`, others as they are.

    Preprocessing scales the shorter side to some 224 pixels: a 1 × 30,000 strip would become 224 ×
    6,720,000 before all but its middle is cut away.
    """
    width, height = image.size
    kept = (min(width, MAX_ASPECT * height), min(height, MAX_ASPECT * width))
    if kept == image.size:
        return image
    left, top = (width - kept[0]) // 2, (height - kept[1]) // 2
    return image.crop((left, top, left + kept[0], top + kept[1]))


def _size_of_file(path: Path, name: str) -> int:
    try:
        status = path.stat()
    except (OSError, ValueError) as fault:  # ValueError: a path with a NUL byte
        raise _unreadable(name, fault) from fault
    # A pipe or a device could block for ever or never end, so neither is opened.
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe, socket or device"
        raise PictureError("not a picture file", where=name, got=kind, allowed="a regular file")
    return status.st_size


def _opened(path: Path, name: str) -> AbstractContextManager[BinaryIO]:
    try:
        return path.open("rb")
    except OSError as fault:
        raise _unreadable(name, fault) from fault


def _unreadable(name: str, fault: OSError | ValueError) -> PictureError:
    reason = getattr(fault, "strerror", None)
    return PictureError(
        "the file cannot be read",
        where=name,
        got=reason or cause(fault),
        mend="check the path and the permissions",
    )


def _decode(stream: BinaryIO, size: int, name: str) -> Image.Image:
    if size == 0:
        raise PictureError("the file is empty", where=name, got="0 bytes")
    if size > MAX_BYTES:
        raise PictureError(
            "the file is too large",
            where=name,
            got=f"{size} bytes",
            allowed=f"at most {MAX_BYTES} bytes",
        )
    with _decoding(name), Image.open(stream, formats=FORMATS) as image:
        return _upright_rgb(image, name)


def _upright_rgb(image: Image.Image, name: str) -> Image.Image:
    _require_size(image, name)
    unpack_hidden_colour(image)
    image.load()
    return to_rgb(ImageOps.exif_transpose(image))


@contextmanager
def _decoding(name: str) -> Iterator[None]:
    """Turn whatever Pillow raises into a `PictureError`."""
    try:
        # Pillow warns of sizes, which are checked here, and of damaged metadata, which either does
        # no harm to the pixels or raises. Filters belong to the process: decode in one thread.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except PictureError:
        raise
    except Image.DecompressionBombError as fault:
        raise _too_many_pixels(name, "a far larger picture") from fault
    except UnidentifiedImageError as fault:
        raise PictureError(
            "not a picture, or damaged at its very start",
            where=name,
            allowed=", ".join(FORMATS),
            mend="look at the file in a picture viewer, and save it anew as PNG",
        ) from fault
    except Exception as fault:
        # Decoders fail on damaged files with a dozen classes, SyntaxError and MemoryError included.
        raise PictureError(
            "the picture cannot be decoded",
            where=name,
            got=cause(fault),
            mend="the file is damaged or cut short: fetch it again, or save it anew as PNG",
        ) from fault


def _require_size(image: Image.Image, name: str) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise _too_many_pixels(name, f"{image.width} × {image.height} pixels")


def _too_many_pixels(name: str, got: str) -> PictureError:
    return PictureError(
        "the picture has too many pixels",
        where=name,
        got=got,
        allowed=f"at most {MAX_PIXELS // 1_000_000} million pixels",
        mend="scale it down first; encoders see some 224 × 224 pixels",
    )
