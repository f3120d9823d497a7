"""Encoders of two optional packages, each through its documented interface."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from twentyq.encoder.batched import BatchedEncoder
from twentyq.encoder.device import Placement
from twentyq.encoder.faults import retold
from twentyq.encoder.identity import folder_identity, hub_file
from twentyq.encoder.protocol import Encoder
from twentyq.encoder.quiet import quiet_transformers
from twentyq.errors import EncoderError, shown

# The factor on cosines in the loss that sentence-transformers trains with by default.
SENTENCE_TRANSFORMERS_SCALE = 20.0


@dataclass(frozen=True, eq=False, kw_only=True)
class ExtraEncoder(BatchedEncoder):
    """An encoder that is three functions of an optional package."""

    tokens: Callable[[list[str]], list[int]]
    texts: Callable[[Sequence[str]], torch.Tensor]
    images: Callable[[Sequence[Image.Image]], torch.Tensor]

    def _count_tokens(self, texts: list[str]) -> list[int]:
        return self.tokens(texts)

    def _embed_texts(self, texts: Sequence[str]) -> torch.Tensor:
        return self.texts(texts)

    def _embed_images(self, images: Sequence[Image.Image]) -> torch.Tensor:
        return self.images(images)


def load_open_clip(rest: str, placement: Placement) -> Encoder:
    """Load `MODEL/PRETRAINED`, such as `ViT-B-32/laion2b_s34b_b79k`; needs `twentyq[open-clip]`.

    PRETRAINED must be a tag of open_clip's own list: a tag names fixed weights, a file does not.
    """
    name = f"open_clip:{rest}"
    open_clip = _import_extra("open_clip", "open-clip", name)
    model_name, _, tag = rest.rpartition("/")
    if (model_name, tag) not in {tuple(pair) for pair in open_clip.list_pretrained()}:
        raise EncoderError(
            "open_clip has no such weights",
            where="--encoder",
            got=shown(name),
            allowed="open_clip:MODEL/PRETRAINED with a pair that open_clip.list_pretrained() lists",
        )
    precision = {"float32": "fp32", "float16": "fp16", "bfloat16": "bf16"}[placement.dtype_name]
    with quiet_transformers(), retold("cannot be loaded", where=name):
        model, _, preprocess = open_clip.create_model_and_transforms(
            model_name, pretrained=tag, precision=precision, device=placement.device
        )
        tokenize = open_clip.get_tokenizer(model_name)
    model.eval()

    def images(batch: Sequence[Image.Image]) -> torch.Tensor:
        pixels = torch.stack([preprocess(image) for image in batch])
        features: torch.Tensor = model.encode_image(placement.place(pixels))
        return features

    def texts(batch: Sequence[str]) -> torch.Tensor:
        features: torch.Tensor = model.encode_text(placement.place(tokenize(list(batch))))
        return features

    return ExtraEncoder(
        name=name,
        identity=name,
        text_settings=placement.dtype_name,
        scale=model.logit_scale.float().exp().item(),
        # Both packages cut as they tokenize, so that the uncut length is not to be had.
        context_length=None,
        placement=placement,
        tokens=lambda batch: [int(row.count_nonzero()) for row in tokenize(batch)],
        texts=texts,
        images=images,
    )


def load_sentence_transformers(
    rest: str, placement: Placement, revision: str | None, trust_remote_code: bool
) -> Encoder:
    """Load an image-text model by name or folder; needs `twentyq[sentence-transformers]`."""
    name = f"sentence-transformers:{rest}"
    package = _import_extra("sentence_transformers", "sentence-transformers", name)
    with quiet_transformers(), retold("cannot be loaded", where=name):
        folder = Path(rest)
        if folder.is_dir():
            source, identity = str(folder), folder_identity(folder)
        else:
            source = rest if "/" in rest else f"sentence-transformers/{rest}"
            _, revision = hub_file(source, "modules.json", revision)
            identity = f"hub:{source}@{revision}"
        model = package.SentenceTransformer(
            source,
            device=str(placement.device),
            revision=revision,
            trust_remote_code=trust_remote_code,
            model_kwargs={"dtype": placement.dtype, "use_safetensors": True},
        )
    learned = [p for key, p in model.named_parameters() if key.endswith("logit_scale")]

    def encode(batch: Sequence[Any]) -> torch.Tensor:
        features: torch.Tensor = model.encode(
            list(batch),
            batch_size=placement.batch_size,
            convert_to_tensor=True,
            show_progress_bar=False,
        )
        return features

    return ExtraEncoder(
        name=name,
        identity=identity,
        text_settings=placement.dtype_name,
        scale=learned[0].float().exp().item() if learned else SENTENCE_TRANSFORMERS_SCALE,
        context_length=None,
        placement=placement,
        tokens=lambda batch: model.tokenize(batch)["attention_mask"].sum(dim=1).tolist(),
        texts=encode,
        images=encode,
    )


def _import_extra(module: str, extra: str, name: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as fault:
        raise EncoderError(
            f"the package {module} is not installed",
            where=name,
            mend=f"pip install 'twentyq[{extra}]'",
        ) from fault
