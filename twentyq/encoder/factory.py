"""Any encoder at all, made by a Python function: `python:package.module:factory`."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from PIL import Image

from twentyq.encoder.batched import BatchedEncoder
from twentyq.encoder.device import Placement
from twentyq.encoder.faults import retold
from twentyq.encoder.protocol import Encoder
from twentyq.errors import EncoderError, shown

FORM = "python:package.module:factory"
PARTS = (
    "identity",
    "text_settings",
    "device",
    "scale",
    "context_length",
    "count_tokens",
    "embed_texts",
    "embed_images",
)


@dataclass(frozen=True, eq=False, kw_only=True)
class FactoryEncoder(BatchedEncoder):
    """A foreign encoder, its vectors checked and brought to length 1."""

    made: Encoder

    def _count_tokens(self, texts: list[str]) -> list[int]:
        return self.made.count_tokens(texts)

    def _embed_texts(self, texts: Sequence[str]) -> torch.Tensor:
        return torch.as_tensor(self.made.embed_texts(list(texts)))

    def _embed_images(self, images: Sequence[Image.Image]) -> torch.Tensor:
        return torch.as_tensor(self.made.embed_images(list(images)))


def load_factory(name: str, batch_size: int) -> Encoder:
    """Call the factory and wrap what it makes, which must have every part of `Encoder` but a name.

    `identity` is required rather than guessed: the prompt store keeps vectors under it, and a
    wrong guess would hand one encoder the vectors of another.
    Raises `EncoderError` where module, function or a part is missing, or the factory fails.
    """
    module_name, _, function_name = name.removeprefix("python:").partition(":")
    if not module_name or not function_name:
        raise EncoderError(
            "a factory is named by module and function",
            where="--encoder",
            got=shown(name),
            allowed=FORM,
        )
    with retold(
        "the factory's module cannot be imported",
        where=name,
        mend="check the name, and that PYTHONPATH or the environment has the module",
    ):
        module = importlib.import_module(module_name)
    factory = getattr(module, function_name, None)
    if not callable(factory):
        raise EncoderError(
            f"the module has no function {shown(function_name)}", where=name, allowed=FORM
        )
    # All of it: parts may be properties that compute, and fail.
    with retold("the factory fails", where=name):
        made = factory()
        if missing := [part for part in PARTS if not hasattr(made, part)]:
            raise EncoderError(
                "what the factory makes is not an encoder",
                where=name,
                got=f"an object of class {type(made).__name__} without {', '.join(missing)}",
                mend="give it what twentyq.encoder.Encoder describes",
            )
        return FactoryEncoder(
            name=name,
            identity=f"{name} {made.identity}",
            text_settings=made.text_settings,
            scale=made.scale,
            context_length=made.context_length,
            placement=Placement(made.device, torch.float32, batch_size),
            made=made,
        )
