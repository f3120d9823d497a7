"""Pictures in, unit vectors out, a batch at a time; a picture that cannot be had fails alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from PIL import Image

from twentyq.encoder.crop import crop_picture
from twentyq.encoder.pictures import Picture, open_picture
from twentyq.encoder.protocol import Encoder
from twentyq.encoder.vectors import unusable_rows
from twentyq.errors import PictureError


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """One batch of pictures: the vectors of those that have one, and what is wrong with the others.

    names    what each picture is called, in the order given
    usable   which of them have a vector, indices into `names`, `(n,)`
    vectors  unit vectors of these, `(n, d)`
    faults   what is wrong with the others, by index into `names`
    first    the number of the first picture within the whole run
    """

    names: tuple[str, ...]
    usable: tuple[int, ...]
    vectors: torch.Tensor
    faults: Mapping[int, PictureError]
    first: int = 0


def embed_pictures(
    encoder: Encoder, pictures: Iterable[Picture], *, batch_size: int, crop: str | None = None
) -> Iterator[Embedded]:
    """Decode, crop and embed pictures, and yield them batch by batch in the order given."""
    source, first = iter(pictures), 0
    while some := list(islice(source, batch_size)):
        yield _embed_batch(encoder, some, first, crop)
        first += len(some)


def _embed_batch(
    encoder: Encoder, pictures: list[Picture], first: int, crop: str | None
) -> Embedded:
    names = tuple(_name(picture, first + i) for i, picture in enumerate(pictures))
    images: dict[int, Image.Image] = {}
    faults: dict[int, PictureError] = {}
    for i, (picture, name) in enumerate(zip(pictures, names, strict=True)):
        try:
            images[i] = crop_picture(open_picture(picture, name), crop, name)
        except PictureError as fault:
            faults[i] = fault
    vectors = encoder.embed_images(list(images.values()))
    decoded = list(images)
    blind = set(unusable_rows(vectors)) if decoded else set()
    for row in blind:
        faults[decoded[row]] = PictureError(
            "the encoder gives no usable vector for this picture",
            where=names[decoded[row]],
            got="zero, NaN or infinity",
            mend="try --dtype float32; if that does not help, look at the picture",
        )
    seen = [row for row in range(len(decoded)) if row not in blind]
    return Embedded(names, tuple(decoded[row] for row in seen), vectors[seen], faults, first)


def _name(picture: Picture, number: int) -> str:
    if isinstance(picture, str | Path):
        return str(picture)
    return str(getattr(picture, "filename", "") or f"picture {number}")
