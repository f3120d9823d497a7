import io
import xml.etree.ElementTree as ET

import matplotlib
import numpy as np
import pytest
from PIL import Image

from tests.review.drawn import outside, overlaps, text_boxes
from twentyq.review.painting import MARGIN, Picture, Stroke, Words, heading, paint, text_width

NAMES = ['Blaine\'s "Moltres"', "$x_1$ & <b>", "Beedrill δ", "ピカチュウ", "a\\b {c}", "é😀"]
PICTURE = Picture(
    width=300,
    height=200,
    words=[Words(20, 20 + 20 * row, name) for row, name in enumerate(NAMES)],
    strokes=[Stroke(((10, 150), (200, 150), (200, 180)), "#ff0000", 4.0)],
)


def test_png_is_as_large_as_told_and_shows_its_lines():
    picture = Image.open(io.BytesIO(paint(PICTURE, "png"))).convert("RGB")
    assert picture.size == (625, 416)
    pixels = np.asarray(picture)
    assert tuple(pixels[0, 0]) == (255, 255, 255)
    assert tuple(pixels[round(150 * 150 / 72), round(100 * 150 / 72)]) == (255, 0, 0)
    assert (pixels[: 140 * 150 // 72] < 100).all(axis=2).sum() > 500  # ink of the names


def test_a_long_picture_has_fewer_dots_per_inch():
    long = Picture(40.0, 72.0 * 400, [Words(2, 10, "first")], [])
    size = Image.open(io.BytesIO(paint(long, "png"))).size
    assert max(size) == 40_000


def test_svg_holds_names_as_text():
    root = ET.fromstring(paint(PICTURE, "svg"))
    texts = [element.text for element in root.iter() if element.tag.endswith("}text")]
    assert texts == NAMES


@pytest.mark.parametrize("form", ["png", "svg"])
def test_the_users_settings_change_nothing_and_stay_as_they_were(form):
    plain = paint(PICTURE, form)
    with matplotlib.rc_context({"svg.fonttype": "path", "font.size": 20}):
        assert paint(PICTURE, form) == plain
        assert matplotlib.rcParams["svg.fonttype"] == "path"
        assert matplotlib.rcParams["font.size"] == 20


@pytest.mark.parametrize("text", ["a", "Bulbasaur, Celebi&Venu", "WWW iii", "two\nlines of text"])
@pytest.mark.parametrize("size", [7.0, 8.0, 11.0])
def test_text_is_as_wide_as_is_foretold(text, size):
    [box] = text_boxes(Picture(400, 60, [Words(10, 30, text, size=size)], [])).values()
    assert box[2] - box[0] == pytest.approx(text_width(text, size), rel=0.01, abs=0.5)


def test_east_asian_letters_are_square():
    assert text_width("ピカ") == pytest.approx(text_width("——"))
    assert text_width("ピカ") == pytest.approx(16, abs=0.5)


def test_a_heading_is_as_wide_as_it_is_and_nothing_lies_on_it():
    words = heading("title", "one", "two")
    assert [one.x for one in words] == [MARGIN] * 3
    assert overlaps(Picture(300, 100, words, [])) == []
    assert outside(Picture(300, 100, words, [])) == []


def test_the_check_for_overlaps_finds_them():
    words = [Words(20, 20, "one", fill="white"), Words(20, 30, "two"), Words(20, 60, "three")]
    picture = Picture(100, 55, words, [])
    assert overlaps(picture) == [("one", "two")]
    assert outside(picture) == ["three"]
