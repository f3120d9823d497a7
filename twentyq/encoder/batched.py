"""What every adapter shares: batches, vectors of length 1, and exceptions retold."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import torch
from PIL import Image

from twentyq.encoder.device import Placement
from twentyq.encoder.faults import cause, retold
from twentyq.encoder.pictures import within_aspect
from twentyq.encoder.vectors import unit_images, unit_texts
from twentyq.errors import EncoderError

T = TypeVar("T")


@dataclass(frozen=True, eq=False, kw_only=True)
class BatchedEncoder(ABC):
    """An `Encoder` whose subclass says how one batch becomes vectors of any length."""

    name: str
    identity: str
    text_settings: str
    scale: float
    context_length: int | None
    placement: Placement

    def __post_init__(self) -> None:
        if not (math.isfinite(self.scale) and self.scale > 0):
            raise EncoderError(
                "the encoder's scale is not a finite number above 0",
                where=self.name,
                got=str(self.scale),
                mend="fetch or save the encoder again: its logit scale is damaged",
            )

    @property
    def device(self) -> torch.device:
        """Where the vectors lie."""
        return self.placement.device

    def count_tokens(self, texts: list[str]) -> list[int]:
        """Return the length of each text in tokens, before any cut, `(n_texts,)`."""
        with retold("the tokenizer refuses a text", where=self.name):
            return self._count_tokens(texts) if texts else []

    def embed_texts(self, texts: list[str]) -> torch.Tensor:
        """Return unit vectors, `(n_texts, d)`; `EncoderError` names a text that gets none."""
        with retold("the encoder fails on a text", where=self.name), torch.inference_mode():
            vectors = self._text_batches.embed(self._embed_texts, texts)
        return unit_texts(vectors.to(self.device), texts, name=self.name)

    def embed_images(self, images: list[Image.Image]) -> torch.Tensor:
        """Return unit vectors, `(n_images, d)`, NaN in the rows of unusable pictures."""
        return self._see(self._embed_images, [within_aspect(image) for image in images])

    def _see(
        self, embed: Callable[[Sequence[T]], torch.Tensor], items: Sequence[T]
    ) -> torch.Tensor:
        """Return unit vectors of pictures, which a device may still be at work on."""
        with retold("the encoder fails on a picture", where=self.name), torch.inference_mode():
            vectors = self._image_batches.embed(embed, items)
        return unit_images(vectors.to(self.device), len(items), name=self.name)

    # Pictures and texts need different memory, so that each kind finds its own size.
    @cached_property
    def _image_batches(self) -> Batches:
        return Batches(self.name, self.placement.batch_size)

    @cached_property
    def _text_batches(self) -> Batches:
        return Batches(self.name, self.placement.batch_size)

    @abstractmethod
    def _count_tokens(self, texts: list[str]) -> list[int]: ...

    @abstractmethod
    def _embed_texts(self, texts: Sequence[str]) -> torch.Tensor: ...

    @abstractmethod
    def _embed_images(self, images: Sequence[Image.Image]) -> torch.Tensor: ...


@dataclass(slots=True)
class Batches:
    """Cuts items into batches that the accelerator's memory holds, and remembers their size.

    name   what errors call the encoder
    size   items in a batch; where one does not fit, half of it, also in later calls
    """

    name: str
    size: int

    def embed(
        self, embed: Callable[[Sequence[T]], torch.Tensor], items: Sequence[T]
    ) -> torch.Tensor:
        """Join `embed`'s rows over batches of the items, `(n_items, d)`; `(0, 0)` for no items.

        Raises `EncoderError` where the memory does not hold a single item.
        """
        rows: list[torch.Tensor] = []
        start = 0
        while start < len(items):
            batch = items[start : start + self.size]
            embedded = _unless_memory_is_short(embed, batch)
            if isinstance(embedded, torch.Tensor):
                rows.append(embedded)
                start += len(batch)
                continue
            # Outside the except block: the exception would hold the batch's tensors alive.
            torch.cuda.empty_cache()
            if len(batch) == 1:
                raise EncoderError(
                    "the accelerator's memory does not hold one item at a time",
                    where=self.name,
                    got=embedded,
                    mend="free its memory, take a smaller encoder, or pass --device cpu",
                )
            self.size = len(batch) // 2
        return torch.cat(rows) if rows else torch.empty(0, 0)


def _unless_memory_is_short(
    embed: Callable[[Sequence[T]], torch.Tensor], batch: Sequence[T]
) -> torch.Tensor | str:
    """Return the batch's rows, or what was said of the memory."""
    try:
        return embed(batch)
    except torch.OutOfMemoryError as fault:
        return cause(fault)
