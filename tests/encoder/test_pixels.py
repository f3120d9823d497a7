from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from tests.encoder.drawing import png, saved
from twentyq.encoder import open_picture
from twentyq.encoder.pixels import BLOCK, to_rgb
from twentyq.errors import PictureError

WHITE = (255, 255, 255)


def greys(image: Image.Image) -> list[int]:
    pixels = np.asarray(image).reshape(-1, 3)
    assert (pixels == pixels[:, :1]).all()
    return pixels[:, 0].tolist()


def from_values(values: list[float], dtype: type[np.generic]) -> Image.Image:
    return Image.fromarray(np.array([values], dtype=dtype))


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_is_scaled_and_not_clipped(kind: str) -> None:
    picture = from_values([0, 257, 128 * 257, 65535], np.uint16)
    assert greys(open_picture(saved(picture, kind))) == [0, 1, 128, 255]


def test_16_bit_grey_of_either_byte_order() -> None:
    for mode, order in (("I;16", "<"), ("I;16B", ">")):
        data = struct.pack(f"{order}3H", 0, 200 * 257, 65535)
        assert greys(to_rgb(Image.frombytes(mode, (3, 1), data))) == [0, 200, 255]


def test_16_bit_colour_keeps_its_range() -> None:
    pixels = struct.pack(">6H", 0, 32768, 65535, 65535, 0, 257)
    picture = open_picture(png(2, 1, 16, 2, zlib.compress(b"\0" + pixels)))
    assert np.asarray(picture).tolist() == [[[0, 128, 255], [255, 0, 1]]]


def test_16_bit_grey_with_transparency_is_over_white() -> None:
    pixels = struct.pack(">4H", 0, 65535, 65535, 0)  # black opaque, white hidden
    picture = open_picture(png(2, 1, 16, 4, zlib.compress(b"\0" + pixels)))
    assert greys(picture) == [0, 255]


def test_the_hidden_level_of_16_bit_grey_is_white() -> None:
    picture = from_values([0, 1000, 65535], np.uint16)
    picture.info["transparency"] = 1000
    assert greys(to_rgb(picture)) == [0, 255, 255]


def test_32_bit_grey_within_16_bits_is_read_as_such() -> None:
    assert greys(to_rgb(from_values([0, 128 * 257, 65535], np.int32))) == [0, 128, 255]
    assert greys(open_picture(saved(from_values([0, 257], np.int32), "TIFF"))) == [0, 1]


def test_32_bit_grey_of_another_range_is_stretched() -> None:
    assert greys(to_rgb(from_values([-100, 0, 100], np.int32))) == [0, 128, 255]
    assert greys(to_rgb(from_values([70_000, 70_000], np.int32))) == [0, 0]


def test_a_picture_of_many_blocks_is_scaled_as_one() -> None:
    values = np.arange(2 * BLOCK + 7, dtype=np.int32) % 65536
    grey = np.asarray(to_rgb(Image.fromarray(values.reshape(1, -1))))[0, :, 0]
    assert np.array_equal(grey, np.rint(values * (255 / 65535)))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.0, 0.2, 0.4], [0, 51, 102]),
        ([0.0, 100.0, 200.0], [0, 128, 255]),
        ([-1.0, 0.0, 1.0], [0, 128, 255]),
        ([np.nan, 0.2, 1.0], [0, 51, 255]),
        ([np.inf, 0.2, -np.inf], [255, 51, 0]),
        ([7.0, 7.0, np.nan], [0, 0, 0]),
    ],
)
def test_float_pictures(values: list[float], expected: list[int]) -> None:
    assert greys(open_picture(saved(from_values(values, np.float32), "TIFF"))) == expected


def test_a_float_picture_without_a_finite_value_is_an_error() -> None:
    with pytest.raises(PictureError, match="no pixel has a finite value"):
        open_picture(saved(from_values([np.nan, np.inf], np.float32), "TIFF"))


def test_hidden_colour_does_not_show_through() -> None:
    picture = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    for kind, options in (("PNG", {}), ("WEBP", {"lossless": True, "exact": True}), ("TIFF", {})):
        assert open_picture(saved(picture, kind, **options)).getpixel((1, 1)) == WHITE, kind


def test_half_transparency_is_mixed_with_white() -> None:
    picture = Image.new("RGBA", (2, 2), (255, 0, 0, 128))
    assert open_picture(saved(picture, "PNG")).getpixel((0, 0)) == (255, 127, 127)
    assert to_rgb(Image.new("LA", (1, 1), (0, 128))).getpixel((0, 0)) == (127, 127, 127)


def test_premultiplied_colours_are_not_darkened() -> None:
    picture = Image.new("RGBA", (2, 2), (200, 40, 0, 128)).convert("RGBa")
    straight = to_rgb(Image.new("RGBA", (2, 2), (200, 40, 0, 128)))
    difference = np.asarray(to_rgb(picture)).astype(int) - np.asarray(straight)
    assert np.abs(difference).max() <= 2
    assert greys(to_rgb(Image.new("LA", (1, 1), (100, 128)).convert("La"))) == [177]


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_the_transparent_entry_of_a_palette_is_white(kind: str) -> None:
    picture = Image.new("P", (2, 1))
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.putpixel((1, 0), 1)
    opened = open_picture(saved(picture, kind, transparency=0))
    assert [opened.getpixel((x, 0)) for x in (0, 1)] == [WHITE, (0, 0, 255)]


@pytest.mark.parametrize(("mode", "colour"), [("L", 100), ("RGB", (100, 100, 100))])
def test_the_hidden_colour_of_a_png_is_white(mode: str, colour: int | tuple[int, ...]) -> None:
    picture = Image.new(mode, (2, 1), colour)
    picture.putpixel((1, 0), 0 if mode == "L" else (0, 0, 0))
    assert greys(open_picture(saved(picture, "PNG", transparency=colour))) == [255, 0]


@pytest.mark.parametrize(("depth", "packed"), [(2, 0b00011011), (4, 0b00010010)])
def test_the_hidden_level_of_packed_grey_is_white(depth: int, packed: int) -> None:
    # Pixels of level 0, 1 and 2 and more, of which 1 is hidden.
    levels = 8 // depth
    data = zlib.compress(bytes([0, packed]))
    picture = open_picture(png(levels, 1, depth, 0, data, hidden=struct.pack(">H", 1)))
    shown = [packed >> (8 - depth * (i + 1)) & (2**depth - 1) for i in range(levels)]
    unit = 255 // (2**depth - 1)
    assert greys(picture) == [255 if level == 1 else level * unit for level in shown]


def test_the_hidden_colour_of_16_bit_colour_is_white() -> None:
    hidden = struct.pack(">3H", 0x1234, 0, 0)
    pixels = hidden + struct.pack(">3H", 0x3400, 0, 0)
    picture = open_picture(png(2, 1, 16, 2, zlib.compress(b"\0" + pixels), hidden=hidden))
    assert [picture.getpixel((x, 0)) for x in (0, 1)] == [WHITE, (0x34, 0, 0)]


def test_a_hidden_level_that_no_pixel_can_have_hides_nothing() -> None:
    data = zlib.compress(bytes([0, 0b00011011]))
    picture = open_picture(png(4, 1, 2, 0, data, hidden=b"\xff\xff"))
    assert greys(picture) == [0, 85, 170, 255]


def test_print_colours_become_screen_colours() -> None:
    cyan = Image.new("CMYK", (8, 8), (255, 0, 0, 0))
    for kind in ("JPEG", "TIFF"):
        red, green, blue = np.asarray(open_picture(saved(cyan, kind)))[4, 4].tolist()
        assert red < 10 < 245 < min(green, blue), kind


@pytest.mark.parametrize(
    "mode", ["1", "L", "P", "LA", "La", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "HSV"]
)
def test_every_common_mode_becomes_rgb(mode: str) -> None:
    assert to_rgb(Image.new(mode, (3, 2))).mode == "RGB"


def test_lab_colours_become_screen_colours() -> None:
    lab = Image.new("RGB", (3, 2), (200, 40, 90)).convert("LAB")
    colour = np.asarray(open_picture(saved(lab, "TIFF")))[0, 0].astype(int)
    assert np.abs(colour - (200, 40, 90)).max() <= 2
