"""One picture with its questions, as the report tells it."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

from twentyq.encoder.pictures import Picture, open_picture
from twentyq.result import Result, Step

SIDE = 160  # pixels of a thumbnail's longer side
_PNG = b"\x89PNG"


@dataclass(frozen=True, slots=True)
class Story:
    """One picture under adaptive's default, question by question, and what full says of it.

    `thumbnail` is a small PNG or JPEG file, None where there is no picture to show; `prompts` is
    what was spent; `label` is None where it was withheld.
    """

    picture: str
    thumbnail: bytes | None
    truth: str
    label: str | None
    full: str | None
    posterior: float
    prompts: int
    steps: tuple[Step, ...]

    @classmethod
    def of(cls, result: Result, *, truth: str, full: str | None, thumbnail: bytes | None) -> Story:
        """Return the story of a result; one without a trace has no steps."""
        return cls(
            picture=result.picture,
            thumbnail=thumbnail,
            truth=truth,
            label=result.label,
            full=full,
            posterior=result.posterior,
            prompts=result.prompts_spent,
            steps=result.trace or (),
        )

    @property
    def data_uri(self) -> str | None:
        """The thumbnail as a page can hold it."""
        if self.thumbnail is None:
            return None
        kind = "png" if self.thumbnail.startswith(_PNG) else "jpeg"
        return f"data:image/{kind};base64,{base64.b64encode(self.thumbnail).decode()}"


def thumbnail(picture: Picture, side: int = SIDE) -> bytes:
    """Return a small JPEG of a picture, without any of its metadata.

    Raises PictureError where the picture cannot be read.
    """
    image = open_picture(picture)
    image.thumbnail((side, side))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=82)
    return stream.getvalue()
