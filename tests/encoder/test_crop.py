from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from twentyq.encoder import CROPS, crop_picture
from twentyq.errors import PictureError, UsageError
from twentyq.system import schema

YELLOW, GREY, GREEN, WHITE = (250, 220, 60), (190, 190, 190), (20, 160, 60), (255, 255, 255)


def drawn_card(width: int, height: int) -> Image.Image:
    """A card of the classic layout: border, frame, name, artwork and a box of text."""
    card = Image.new("RGB", (width, height), YELLOW)
    draw = ImageDraw.Draw(card)

    def box(left: float, top: float, right: float, bottom: float, fill: object) -> None:
        draw.rectangle((left * width, top * height, right * width, bottom * height), fill=fill)

    box(0.04, 0.03, 0.96, 0.97, GREY)
    box(0.08, 0.04, 0.92, 0.10, WHITE)
    box(0.085, 0.115, 0.915, 0.475, GREEN)
    box(0.08, 0.52, 0.92, 0.93, WHITE)
    return card


@pytest.mark.parametrize("size", [(63, 88), (245, 342), (600, 825), (734, 1024), (1260, 1760)])
def test_card_art_is_all_of_the_artwork_and_nothing_else(size: tuple[int, int]) -> None:
    art = crop_picture(drawn_card(*size), "card-art")
    assert np.unique(np.asarray(art).reshape(-1, 3), axis=0).tolist() == [list(GREEN)]
    whole_art = (0.83 * size[0]) * (0.36 * size[1])
    assert art.width * art.height > 0.85 * whole_art


def test_a_tiny_card_has_an_artwork_of_at_least_a_pixel() -> None:
    art = crop_picture(Image.new("RGB", (2, 3)), "card-art")
    assert min(art.size) >= 1


@pytest.mark.parametrize("size", [(304, 176), (88, 63), (100, 100), (1, 1), (10, 500)])
def test_a_picture_of_another_shape_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(PictureError) as caught:
        crop_picture(Image.new("RGB", size), "card-art", name="wolf.png")
    assert "wolf.png: the picture does not have the shape of an upright" in str(caught.value)
    assert f"got: {size[0]} × {size[1]} pixels" in str(caught.value)
    assert "leave --crop out where it shows the art alone" in str(caught.value)


def test_no_crop_leaves_the_picture_whole() -> None:
    picture = Image.new("RGB", (3, 3))
    assert crop_picture(picture, None) is picture


def test_an_unknown_crop_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"no such crop\n  got: 'face'\n  allowed: card-art"):
        crop_picture(Image.new("RGB", (3, 3)), "face")


def test_system_files_and_pictures_know_the_same_crops() -> None:
    assert schema.CROPS == CROPS
