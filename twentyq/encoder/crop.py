"""The part of a picture that is embedded."""

from __future__ import annotations

from PIL import Image

from twentyq.errors import PictureError, UsageError, shown

CROPS = ("card-art",)

# A trading card is 63 × 88 mm. Its artwork spans about 8.5 to 91.5 % of the width and 11.5 to
# 47.5 % of the height; frames differ by set, so a little of the art is given up rather than frame
# taken in. The cut has the 1.68 : 1 of published card artworks.
CARD_ART = (0.10, 0.125, 0.90, 0.465)
CARD_ASPECT = 63 / 88
CARD_TOLERANCE = 0.1


def crop_picture(image: Image.Image, crop: str | None, name: str = "picture") -> Image.Image:
    """Cut a picture as named; None leaves it whole.

    `card-art` is the artwork of an upright trading card that fills the picture.
    Raises `UsageError` for an unknown crop, `PictureError` for a picture of another shape: cutting
    what is no card would give a label for the wrong part, or for a part of the artwork alone.
    """
    if crop is None:
        return image
    if crop not in CROPS:
        raise UsageError("no such crop", where="--crop", got=shown(crop), allowed=", ".join(CROPS))
    width, height = image.size
    if not abs(width / height / CARD_ASPECT - 1) <= CARD_TOLERANCE:
        raise PictureError(
            "the picture does not have the shape of an upright trading card",
            where=name,
            got=f"{width} × {height} pixels",
            allowed=f"width / height of {CARD_ASPECT:.2f}, give or take {CARD_TOLERANCE:.0%}",
            mend="cut it to the card's edges, or leave --crop out where it shows the art alone",
        )
    left, top, right, bottom = CARD_ART
    box = (round(left * width), round(top * height), round(right * width), round(bottom * height))
    # A card of a few pixels still has an artwork of one.
    return image.crop((box[0], box[1], max(box[2], box[0] + 1), max(box[3], box[1] + 1)))
