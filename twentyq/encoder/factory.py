"""Any encoder at all, made by a Python function: `python:package.module:factory`."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

import torch
from PIL import Image

from twentyq.encoder.faults import retold
from twentyq.encoder.protocol import Encoder
from twentyq.encoder.vectors import unit_images, unit_texts
from twentyq.encoder.wording import shown
from twentyq.errors import EncoderError

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


@dataclass(frozen=True, eq=False)
class FactoryEncoder:
    """A foreign encoder whose vectors are checked and brought to length 1."""

    name: str
    made: Encoder

    @property
    def identity(self) -> str:
        """What its maker says; it must change with the weights and the preprocessing."""
        return f"{self.name} {self.made.identity}"

    @property
    def text_settings(self) -> str:
        """What its maker says."""
        return self.made.text_settings

    @property
    def device(self) -> torch.device:
        """Where the vectors lie."""
        return self.made.device

    @property
    def scale(self) -> float:
        """What its maker says."""
        return self.made.scale

    @property
    def context_length(self) -> int | None:
        """What its maker says."""
        return self.made.context_length

    def count_tokens(self, texts: list[str]) -> list[int]:
        """Return the length of each text in tokens."""
        with retold("the factory's encoder fails", where=self.name):
            return self.made.count_tokens(texts)

    def embed_texts(self, texts: list[str]) -> torch.Tensor:
        """Return unit vectors, `(n_texts, d)`."""
        if not texts:
            return torch.empty(0, 0, device=self.device)
        with retold("the factory's encoder fails on texts", where=self.name):
            vectors = torch.as_tensor(self.made.embed_texts(texts), device=self.device)
        return unit_texts(vectors, texts, name=self.name)

    def embed_images(self, images: list[Image.Image]) -> torch.Tensor:
        """Return unit vectors, `(n_images, d)`, NaN in the rows of unusable pictures."""
        if not images:
            return torch.empty(0, 0, device=self.device)
        with retold("the factory's encoder fails on pictures", where=self.name):
            vectors = torch.as_tensor(self.made.embed_images(images), device=self.device)
        return unit_images(vectors, len(images), name=self.name)


def load_factory(name: str) -> Encoder:
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
    with retold("the factory fails", where=name):
        made = factory()
    if missing := [part for part in PARTS if not hasattr(made, part)]:
        raise EncoderError(
            "what the factory makes is not an encoder",
            where=name,
            got=f"a {type(made).__name__} without {', '.join(missing)}",
            mend="give it what twentyq.encoder.Encoder describes",
        )
    return FactoryEncoder(name, made)
