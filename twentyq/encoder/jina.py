"""jina-clip v1 and v2, whose own code tokenizes, preprocesses and embeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from twentyq.encoder.batched import BatchedEncoder
from twentyq.encoder.device import Placement
from twentyq.errors import EncoderError

# encode_text cuts texts here unless told otherwise, in v1 and in v2.
CONTEXT_LENGTH = 512


@dataclass(frozen=True, eq=False, kw_only=True)
class JinaClipEncoder(BatchedEncoder):
    """A model whose code offers `encode_text(list of str)` and `encode_image(list of pictures)`.

    Both return numpy arrays, as the model's card documents.
    """

    model: Any
    tokenizer: Any

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
                raise EncoderError(
                    f"the encoder's code has no method {method}",
                    where=name,
                    allowed="the interface of jinaai/jina-clip-v1 and -v2",
                )
        # On the hub the code lies in a repository of its own, and its commit in the module's name.
        code = "" if isinstance(source, Path) else f", code {type(model).__module__}"
        return cls(
            name=name,
            identity=identity,
            text_settings=f"{placement.dtype_name}, at most {CONTEXT_LENGTH} tokens{code}",
            scale=model.logit_scale.float().exp().item(),
            context_length=CONTEXT_LENGTH,
            placement=placement,
            model=model,
            tokenizer=AutoTokenizer.from_pretrained(str(source), **wanted),
        )

    def _count_tokens(self, texts: list[str]) -> list[int]:
        # Otherwise it warns of the long texts that the caller counts in order to warn.
        return [len(ids) for ids in self.tokenizer(texts, verbose=False)["input_ids"]]

    def _embed_texts(self, texts: Sequence[str]) -> torch.Tensor:
        return torch.from_numpy(np.asarray(self.model.encode_text(list(texts)), np.float32))

    def _embed_images(self, images: Sequence[Image.Image]) -> torch.Tensor:
        return torch.from_numpy(np.asarray(self.model.encode_image(list(images)), np.float32))
