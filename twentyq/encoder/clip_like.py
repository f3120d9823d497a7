"""Encoders with the interface that CLIP has in transformers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image

from twentyq.encoder.batched import BatchedEncoder
from twentyq.encoder.device import Placement
from twentyq.encoder.preparing import Pixels, ProcessorPreparation


@dataclass(frozen=True, eq=False, kw_only=True)
class ClipLikeEncoder(BatchedEncoder):
    """CLIP, SigLIP, SigLIP 2 and VisionTextDualEncoder: two feature methods and a logit scale.

    `model`, `tokenizer` and `image_processor` are of the classes that the files name.
    """

    model: Any
    tokenizer: Any
    image_processor: Any
    pad_to_the_end: bool

    @classmethod
    def wrap(
        cls,
        model: Any,
        processor: Any,
        name: str,
        identity: str,
        placement: Placement,
        *,
        pad_to_the_end: bool,
    ) -> ClipLikeEncoder:
        """Wrap a loaded model and its processor; `pad_to_the_end` is SigLIP's way."""
        positions = model.config.text_config.max_position_embeddings
        # A tokenizer without a limit of its own reports a huge number; SigLIP's length is fixed.
        limit = processor.tokenizer.model_max_length
        context_length = positions if pad_to_the_end else min(positions, limit)
        padding = "to the end" if pad_to_the_end else "to the longest"
        length = f"at most {context_length} tokens"
        return cls(
            name=name,
            identity=identity,
            text_settings=f"{placement.dtype_name}, {length}, padded {padding}",
            scale=model.logit_scale.float().exp().item(),
            context_length=context_length,
            placement=placement,
            model=model,
            tokenizer=processor.tokenizer,
            image_processor=processor.image_processor,
            pad_to_the_end=pad_to_the_end,
        )

    def _count_tokens(self, texts: list[str]) -> list[int]:
        # Otherwise it warns of the long texts that the caller counts in order to warn.
        return [len(ids) for ids in self.tokenizer(texts, verbose=False)["input_ids"]]

    def _embed_texts(self, texts: Sequence[str]) -> torch.Tensor:
        tokens = self.tokenizer(
            list(texts),
            padding="max_length" if self.pad_to_the_end else True,
            # On the other side the first words would stand elsewhere in a batch than alone. What
            # is padded to the end does so on the side that its files name.
            padding_side=None if self.pad_to_the_end else "right",
            truncation=True,
            max_length=self.context_length,
            return_attention_mask=True,
            return_tensors="pt",
        )
        # Only what every family takes: BERT's token types are all 0, which is its default.
        names = ("input_ids",) if self.pad_to_the_end else ("input_ids", "attention_mask")
        wanted = {name: self.placement.place(tokens[name]) for name in names}
        return _features(self.model.get_text_features(**wanted))

    @property
    def preparation(self) -> ProcessorPreparation:
        """The preprocessing of one picture."""
        return ProcessorPreparation(self.image_processor, self.name, self.placement.dtype)

    def embed_prepared(self, pixels: Pixels) -> torch.Tensor:
        """Return unit vectors, `(n_images, d)`, NaN in the rows of unusable pictures."""
        n_images = len(next(iter(pixels.values()), ()))

        def embed(rows: Sequence[int]) -> torch.Tensor:
            return self._embed_pixels({k: v[rows[0] : rows[-1] + 1] for k, v in pixels.items()})

        return self._see(embed, range(n_images))

    def _embed_images(self, images: Sequence[Image.Image]) -> torch.Tensor:
        return self._embed_pixels(self.image_processor(images=list(images), return_tensors="pt"))

    def _embed_pixels(self, pixels: Pixels) -> torch.Tensor:
        wanted = {name: self.placement.place(array) for name, array in pixels.items()}
        return _features(self.model.get_image_features(**wanted))


def _features(output: Any) -> torch.Tensor:
    # transformers 5 wraps the projected features in an output object; some models return them bare.
    features = output if isinstance(output, torch.Tensor) else output.pooler_output
    if not isinstance(features, torch.Tensor):
        raise TypeError(f"expected a tensor of features, got {type(features).__name__}")
    return features
