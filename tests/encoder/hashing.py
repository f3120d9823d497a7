"""A stand-in for an encoder where only its vectors' identity matters: text to hash to vector."""

from __future__ import annotations

import hashlib

import torch
from PIL import Image


class HashingEncoder:
    """Embeds a text as the bytes of its hash, and counts the texts it was asked to embed.

    `noise` stands for the last bits that differ between processes.
    """

    name = "hashing"
    text_settings = "float32"
    device = torch.device("cpu")
    scale = 10.0
    context_length = None

    def __init__(self, identity: str = "hashing v1", noise: float = 0.0) -> None:
        self.identity = identity
        self.noise = noise
        self.embedded: list[str] = []

    def count_tokens(self, texts: list[str]) -> list[int]:
        return [len(text) for text in texts]

    def embed_texts(self, texts: list[str]) -> torch.Tensor:
        self.embedded += texts
        rows = [list(hashlib.sha256(f"{self.identity} {text}".encode()).digest()) for text in texts]
        vectors = torch.tensor(rows, dtype=torch.float32) + self.noise
        return torch.nn.functional.normalize(vectors, dim=1)

    def embed_images(self, images: list[Image.Image]) -> torch.Tensor:
        return torch.ones(len(images), 32) / 32**0.5
