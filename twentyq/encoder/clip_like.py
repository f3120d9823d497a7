"""An encoder with the interface that CLIP has in transformers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image

from twentyq.encoder.batches import embed_in_batches
from twentyq.encoder.device import Placement
from twentyq.encoder.faults import retold
from twentyq.encoder.pictures import within_aspect
from twentyq.encoder.vectors import unit_images, unit_texts


@dataclass(frozen=True, eq=False)
class TransformersEncoder:
    """CLIP, SigLIP, SigLIP 2 and VisionTextDualEncoder: two feature methods and a logit scale.

    `model`, `tokenizer` and `image_processor` are of the classes that the files named.
    """

    name: str
    identity: str
    scale: float
    context_length: int
    text_settings: str
    model: Any
    tokenizer: Any
    image_processor: Any
    placement: Placement
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
    ) -> TransformersEncoder:
        """Wrap a loaded model; `pad_to_the_end` as in training, for SigLIP."""
        positions = model.config.text_config.max_position_embeddings
        # A tokenizer without a limit of its own reports a huge number; SigLIP's length is fixed.
        limit = processor.tokenizer.model_max_length
        context_length = positions if pad_to_the_end else min(positions, limit)
        padding = "to the end" if pad_to_the_end else "to the longest"
        length = f"at most {context_length} tokens"
        return cls(
            name=name,
            identity=identity,
            scale=model.logit_scale.float().exp().item(),
            context_length=context_length,
            text_settings=f"{placement.dtype_name}, {length}, padded {padding}",
            model=model,
            tokenizer=processor.tokenizer,
            image_processor=processor.image_processor,
            placement=placement,
            pad_to_the_end=pad_to_the_end,
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
            # verbose: it would warn of the long texts that the caller is about to warn of.
            return [len(ids) for ids in self.tokenizer(texts, verbose=False)["input_ids"]]

    def embed_texts(self, texts: list[str]) -> torch.Tensor:
        """Return unit vectors, `(n_texts, d)`; longer texts are cut to `context_length`."""
        if not texts:
            return torch.empty(0, 0, device=self.device)
        vectors = embed_in_batches(self._text_features, texts, self.placement.batch_size)
        return unit_texts(vectors, texts, name=self.name)

    def embed_images(self, images: list[Image.Image]) -> torch.Tensor:
        """Return unit vectors, `(n_images, d)`, NaN in the rows of unusable pictures."""
        if not images:
            return torch.empty(0, 0, device=self.device)
        vectors = embed_in_batches(self._image_features, images, self.placement.batch_size)
        return unit_images(vectors, len(images), name=self.name)

    @torch.inference_mode()
    def _text_features(self, texts: Sequence[str]) -> torch.Tensor:
        with retold("the encoder fails on a text", where=self.name):
            tokens = self.tokenizer(
                list(texts),
                padding="max_length" if self.pad_to_the_end else True,
                truncation=True,
                max_length=self.context_length,
                return_tensors="pt",
            ).to(self.device)
            # Only what every family takes: BERT's token types are all 0, which is its default.
            wanted = {"input_ids": tokens["input_ids"]}
            if not self.pad_to_the_end:
                wanted["attention_mask"] = tokens["attention_mask"]
            return _features(self.model.get_text_features(**wanted))

    @torch.inference_mode()
    def _image_features(self, images: Sequence[Image.Image]) -> torch.Tensor:
        with retold("the encoder fails on a picture", where=self.name):
            pixels = self.image_processor(
                images=[within_aspect(image) for image in images], return_tensors="pt"
            ).to(self.device)
            wanted = {
                key: value.to(self.placement.dtype) if value.is_floating_point() else value
                for key, value in pixels.items()
            }
            return _features(self.model.get_image_features(**wanted))


def _features(output: Any) -> torch.Tensor:
    # transformers 5 wraps the projected features in an output object, 4 returned them bare.
    features = output if isinstance(output, torch.Tensor) else output.pooler_output
    if not isinstance(features, torch.Tensor):
        raise TypeError(f"expected a tensor of features, got {type(features).__name__}")
    return features
