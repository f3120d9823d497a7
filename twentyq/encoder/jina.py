"""jina-clip v1 and v2, whose own code tokenizes, preprocesses and embeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from twentyq.encoder.batches import embed_in_batches
from twentyq.encoder.device import Placement
from twentyq.encoder.faults import retold
from twentyq.encoder.pictures import within_aspect
from twentyq.encoder.vectors import unit_images, unit_texts
from twentyq.errors import EncoderError

# encode_text cuts texts here unless told otherwise, in v1 and in v2.
CONTEXT_LENGTH = 512


@dataclass(frozen=True, eq=False)
class JinaClipEncoder:
    """A model whose code offers `encode_text(list of str)` and `encode_image(list of pictures)`."""

    name: str
    identity: str
    scale: float
    text_settings: str
    model: Any
    tokenizer: Any
    placement: Placement
    context_length: int = CONTEXT_LENGTH

    @classmethod
    def wrap(
        cls,
        model: Any,
        source: Path | str,
        name: str,
        identity: str,
        placement: Placement,
        wanted: dict[str, Any],
    ) -> JinaClipEncoder:
        """Wrap a loaded model; `wanted` names the revision for its tokenizer."""
        from transformers import AutoTokenizer

        for method in ("encode_text", "encode_image"):
            if not callable(getattr(model, method, None)):
                raise EncoderError(f"the encoder's code has no method {method}", where=name)
        # On the hub the code lies in a repository of its own, and its commit in the module's name.
        code = "" if isinstance(source, Path) else f", code {type(model).__module__}"
        return cls(
            name=name,
            identity=identity,
            scale=model.logit_scale.float().exp().item(),
            text_settings=f"{placement.dtype_name}, at most {CONTEXT_LENGTH} tokens{code}",
            model=model,
            tokenizer=AutoTokenizer.from_pretrained(str(source), **wanted),
            placement=placement,
        )

    @property
    def device(self) -> torch.device:
        """Where the vectors lie."""
        return self.placement.device

    def count_tokens(self, texts: list[str]) -> list[int]:
        """Return the length of each text in tokens, special ones included, before any cut."""
        if not texts:
            return []
        with retold("the tokenizer refuses a text", where=self.name):
            return [len(ids) for ids in self.tokenizer(texts, verbose=False)["input_ids"]]

    def embed_texts(self, texts: list[str]) -> torch.Tensor:
        """Return unit vectors, `(n_texts, d)`; longer texts are cut to `context_length`."""
        if not texts:
            return torch.empty(0, 0, device=self.device)
        vectors = embed_in_batches(self._encode_texts, texts, self.placement.batch_size)
        return unit_texts(vectors, texts, name=self.name)

    def embed_images(self, images: list[Image.Image]) -> torch.Tensor:
        """Return unit vectors, `(n_images, d)`, NaN in the rows of unusable pictures."""
        if not images:
            return torch.empty(0, 0, device=self.device)
        vectors = embed_in_batches(self._encode_images, images, self.placement.batch_size)
        return unit_images(vectors, len(images), name=self.name)

    def _encode_texts(self, texts: Sequence[str]) -> torch.Tensor:
        with retold("the encoder's own code fails on a text", where=self.name):
            return self._placed(self.model.encode_text(list(texts)))

    def _encode_images(self, images: Sequence[Image.Image]) -> torch.Tensor:
        with retold("the encoder's own code fails on a picture", where=self.name):
            return self._placed(self.model.encode_image([within_aspect(image) for image in images]))

    def _placed(self, vectors: Any) -> torch.Tensor:
        # The documented return is numpy.
        return torch.from_numpy(np.asarray(vectors, dtype=np.float32)).to(self.device)
