"""Stories and thumbnails."""

import base64
import io

import pytest
from PIL import Image

from tests.study.report.summaries import steps
from twentyq.errors import PictureError
from twentyq.result import Result
from twentyq.study.report import Story, thumbnail


def encoded(image: Image.Image, kind: str) -> bytes:
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    image.save(stream, kind, exif=exif)
    return stream.getvalue()


def test_a_thumbnail_is_small_in_shape_and_carries_no_metadata():
    made = thumbnail(encoded(Image.new("RGB", (800, 400), "teal"), "JPEG"), side=100)
    with Image.open(io.BytesIO(made)) as image:
        assert (image.format, image.size) == ("JPEG", (100, 50))
        assert dict(image.getexif()) == {}
    assert b"where I live" not in made


def test_what_is_no_picture_has_no_thumbnail():
    with pytest.raises(PictureError):
        thumbnail(b"text")


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_thumbnail_is_held_by_the_page(kind):
    small = encoded(Image.new("RGB", (4, 4)), kind)
    story = Story("p", small, "a", "a", None, 1.0, 3, ())
    head, _, body = story.data_uri.partition(",")
    assert head == f"data:image/{kind.lower()};base64"
    assert base64.b64decode(body) == small


def test_a_result_becomes_a_story():
    result = Result(
        picture="p.png", label="b", posterior=0.75, probability=None, prompts_spent=14,
        prompts_embedded=0, groups_asked=("g",), stop_reason="confidence", ranking=(), tied_with=(),
        trace=steps("b"),
    )  # fmt: skip
    assert Story.of(result, truth="a", full="a", thumbnail=None) == Story(
        "p.png", None, "a", "b", "a", 0.75, 14, steps("b")
    )
