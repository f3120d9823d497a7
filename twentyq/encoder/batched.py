"""What every adapter shares: batches, vectors of length 1, and exceptions retold."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from PIL import Image

from twentyq.encoder.batches import embed_in_batches
from twentyq.encoder.device import Placement
from twentyq.encoder.faults import retold
from twentyq.encoder.pictures import within_aspect
from twentyq.encoder.vectors import unit_images, unit_texts


@dataclass(frozen=True, eq=False, kw_only=True)
class BatchedEncoder(ABC):
    """An `Encoder` whose subclass says how one batch becomes vectors of any length."""

    name: str
    identity: str
    text_settings: str
    scale: float
    context_length: int | None
    placement: Placement

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
            vectors = embed_in_batches(self._embed_texts, texts, self.placement.batch_size)
        return unit_texts(vectors.to(self.device), texts, name=self.name)

    def embed_images(self, images: list[Image.Image]) -> torch.Tensor:
        """Return unit vectors, `(n_images, d)`, NaN in the rows of unusable pictures."""
        narrowed = [within_aspect(image) for image in images]
        with retold("the encoder fails on a picture", where=self.name), torch.inference_mode():
            vectors = embed_in_batches(self._embed_images, narrowed, self.placement.batch_size)
        return unit_images(vectors.to(self.device), len(images), name=self.name)

    @abstractmethod
    def _count_tokens(self, texts: list[str]) -> list[int]: ...

    @abstractmethod
    def _embed_texts(self, texts: Sequence[str]) -> torch.Tensor: ...

    @abstractmethod
    def _embed_images(self, images: Sequence[Image.Image]) -> torch.Tensor: ...
