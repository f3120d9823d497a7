"""Preprocessing apart from the model, to be done in other processes while the model computes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import torch
from PIL import Image

from twentyq.encoder.device import cast
from twentyq.encoder.faults import retold
from twentyq.encoder.pictures import within_aspect
from twentyq.encoder.protocol import Encoder

Pixels = Mapping[str, torch.Tensor]
"""What a model takes for some pictures, by name, each `(n_images, ...)`."""


class Preparation(Protocol):
    """Turns one picture into what a model takes; can be sent to another process."""

    def __call__(self, image: Image.Image) -> Pixels:
        """Return arrays `(1, ...)`; raises EncoderError where preprocessing fails."""


@runtime_checkable
class PreparingEncoder(Encoder, Protocol):
    """An encoder whose preprocessing does not need its model, and treats each picture alone."""

    @property
    def preparation(self) -> Preparation:
        """The preprocessing of one picture."""

    def embed_prepared(self, pixels: Pixels) -> torch.Tensor:
        """Return unit vectors, `(n_images, d)`, NaN in the rows of unusable pictures."""


@dataclass(frozen=True, slots=True)
class ProcessorPreparation:
    """An image processor of transformers.

    name    what errors call the encoder
    dtype   the number type that the model takes: what is cast here is half as long on its way from
            process to process and to the device
    """

    image_processor: Any
    name: str
    dtype: torch.dtype

    def __call__(self, image: Image.Image) -> Pixels:
        """Return the processor's arrays, `(1, ...)`."""
        with retold("the encoder fails on a picture", where=self.name):
            pixels = self.image_processor(images=[within_aspect(image)], return_tensors="pt")
            return {name: cast(array, self.dtype) for name, array in pixels.items()}


def stack_pixels(pictures: Sequence[Pixels]) -> Pixels:
    """Join the arrays of pictures, `(n_images, ...)`; of none, there is nothing."""
    names = pictures[0] if pictures else ()
    return {name: torch.cat([pixels[name] for pixels in pictures]) for name in names}
