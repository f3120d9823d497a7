"""Pictures in, unit vectors out, a batch at a time; a picture that cannot be had fails alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import torch
from PIL import Image

from twentyq.encoder.crop import crop_picture
from twentyq.encoder.pictures import Picture, open_picture
from twentyq.encoder.preparing import Pixels, Preparation, PreparingEncoder, stack_pixels
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


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """One batch of pictures before the model sees it; can be sent to another process.

    names   what each picture is called, in the order given
    usable  which of them could be decoded, indices into `names`, `(n,)`
    images  these as pictures, `(n,)`, or as what the encoder's preparation made of them
    faults  what is wrong with the others, by index into `names`
    first   the number of the first picture within the whole run
    """

    names: tuple[str, ...]
    usable: tuple[int, ...]
    images: list[Image.Image] | Pixels
    faults: Mapping[int, PictureError]
    first: int = 0

    def pin_memory(self) -> Decoded:
        """Return it with prepared arrays in pinned memory, as a `DataLoader` asks for."""
        if isinstance(self.images, list):
            return self
        pinned = {name: array.pin_memory() for name, array in self.images.items()}
        return replace(self, images=pinned)


def embed_pictures(
    encoder: Encoder, pictures: Iterable[Picture], *, batch_size: int, crop: str | None = None
) -> Iterator[Embedded]:
    """Decode, crop and embed pictures, and yield them batch by batch in the order given."""
    source, first = iter(pictures), 0
    while some := list(islice(source, batch_size)):
        names = tuple(_name(picture, first + i) for i, picture in enumerate(some))
        yield embed_decoded(encoder, decode_pictures(some, names, crop=crop, first=first))
        first += len(some)


def decode_pictures(
    pictures: Iterable[Picture | PictureError],
    names: Sequence[str],
    *,
    crop: str | None = None,
    first: int = 0,
    preparation: Preparation | None = None,
) -> Decoded:
    """Decode and crop one batch, one picture after the other; an error stands for a lost picture.

    With a preparation, no more is kept of a picture than what the encoder takes.
    """
    usable: list[int] = []
    images: list[Image.Image] = []
    prepared: list[Pixels] = []
    faults: dict[int, PictureError] = {}
    for i, (picture, name) in enumerate(zip(pictures, names, strict=True)):
        try:
            if isinstance(picture, PictureError):
                raise picture
            image = crop_picture(open_picture(picture, name), crop, name)
        except PictureError as fault:
            faults[i] = fault
            continue
        usable.append(i)
        if preparation is None:
            images.append(image)
        else:
            prepared.append(preparation(image))
    ready = images if preparation is None else stack_pixels(prepared)
    return Decoded(tuple(names), tuple(usable), ready, faults, first)


def embed_decoded(encoder: Encoder, batch: Decoded) -> Embedded:
    """Embed the pictures of one batch that could be decoded.

    A batch that was prepared needs the encoder whose preparation it was.
    """
    if isinstance(batch.images, list):
        vectors = encoder.embed_images(batch.images)
    elif isinstance(encoder, PreparingEncoder):
        vectors = encoder.embed_prepared(batch.images)
    else:
        raise TypeError(f"{encoder.name} cannot embed what another encoder prepared")
    # Here, and nowhere before, a batch waits for the device.
    blind = set(unusable_rows(vectors)) if batch.usable else set()
    if not blind:
        return Embedded(batch.names, batch.usable, vectors, batch.faults, batch.first)
    faults = dict(batch.faults)
    for row in blind:
        faults[batch.usable[row]] = PictureError(
            "the encoder gives no usable vector for this picture",
            where=batch.names[batch.usable[row]],
            got="zero, NaN or infinity",
            mend="try --dtype float32; if that does not help, look at the picture",
        )
    seen = [row for row in range(len(batch.usable)) if row not in blind]
    usable = tuple(batch.usable[row] for row in seen)
    return Embedded(batch.names, usable, vectors[seen], faults, batch.first)


def _name(picture: Picture, number: int) -> str:
    if isinstance(picture, str | Path):
        return str(picture)
    return str(getattr(picture, "filename", "") or f"picture {number}")
