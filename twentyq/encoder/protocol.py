"""What twentyq asks of an encoder: pictures and texts to unit vectors in one space."""

from __future__ import annotations

from typing import Protocol

import torch
from PIL import Image


class Encoder(Protocol):
    """A frozen image-text encoder.

    The vectors are float32, of length 1, on `device`. A text without a usable vector raises
    `EncoderError`, since a prompt is shared by every picture; a picture without one gets a row of
    NaN (see `vectors.unusable_rows`), so that it fails alone. An empty list gives `(0, 0)`.
    """

    @property
    def name(self) -> str:
        """What the user called it, as in `--encoder`."""

    @property
    def identity(self) -> str:
        """The same for equal weights and preprocessing only; the key of the prompt store."""

    @property
    def text_settings(self) -> str:
        """What else changes a text's vector: number type, padding, truncation."""

    @property
    def device(self) -> torch.device:
        """Where the vectors lie."""

    @property
    def scale(self) -> float:
        """The learned factor on cosines before a softmax, as the model's `forward` applies it."""

    @property
    def context_length(self) -> int | None:
        """Tokens of a text that are read, special ones included; the rest is cut. None: no limit.

        `count_tokens` above this tells the caller that a prompt is cut.
        """

    def count_tokens(self, texts: list[str]) -> list[int]:
        """Return the length of each text in tokens, before any cut, `(n_texts,)`."""

    def embed_texts(self, texts: list[str]) -> torch.Tensor:
        """Return unit vectors, `(n_texts, d)`."""

    def embed_images(self, images: list[Image.Image]) -> torch.Tensor:
        """Return unit vectors, `(n_images, d)`, NaN in the rows of unusable pictures."""
