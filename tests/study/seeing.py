"""A small world to be judged by eye: pictures of colour and grain, an encoder that sees both."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from twentyq.study.analysis import Settings

WORDS = ("red", "green", "blue", "noisy", "plain", "bright", "dark")

# Two classes that no rule tells apart, two that share a label, and one that is expected more.
SYSTEM = """\
name: things
names_prompt: "a {} in a picture"
groups:
  colour:
    prompt: "It is {}."
    options: [red, green, blue, violet]
  texture:
    prompt: "It looks {}."
    options: [noisy, plain]
  light:
    prompt: "The light is {}."
    options: [bright, dark]
classes:
  brick: {colour: red, texture: noisy, light: dark}
  apple: {colour: red, texture: plain, light: bright}
  cherry: {colour: red, texture: plain, light: bright}
  grass: {colour: green, texture: noisy, light: bright}
  moss: {colour: green, texture: plain, light: dark}
  sky: {colour: blue, texture: plain, light: bright}
labels: {moss: grass}
prior: {sky: 3}
"""
COLOURS = {
    "brick": (150, 30, 30),
    "apple": (230, 60, 60),
    "grass": (60, 180, 60),
    "cherry": (210, 40, 60),
    "sky": (90, 140, 250),
}
SETTINGS = Settings(policies=("gain", "static", "random"), stops=("confidence:0.7", "certain"))
COMMAND = "twentyq study things"
GRAIN = {"brick": 60, "grass": 50}


class SeeingEncoder:
    """Knows the words of the world from its own axes, and every text by its hash besides."""

    name = "seeing"
    identity = "seeing v1"
    text_settings = "float32"
    device = torch.device("cpu")
    scale = 8.0
    context_length = None

    def count_tokens(self, texts: list[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def embed_texts(self, texts: list[str]) -> torch.Tensor:
        return torch.nn.functional.normalize(torch.tensor([_text(text) for text in texts]), dim=1)

    def embed_images(self, images: list[Image.Image]) -> torch.Tensor:
        rows = torch.tensor([_image(image) for image in images]).reshape(len(images), 15)
        return torch.nn.functional.normalize(rows, dim=1)


class PatientEncoder(SeeingEncoder):
    """Takes its time with each batch, so that a run can be killed between two of them."""

    def embed_images(self, images: list[Image.Image]) -> torch.Tensor:
        time.sleep(0.2)
        return super().embed_images(images)


def _text(text: str) -> list[float]:
    said = {word.strip(".") for word in text.split()}
    digest = hashlib.sha256(text.encode()).digest()[:8]
    return [*(float(word in said) for word in WORDS), *(byte / 512 for byte in digest)]


def _image(image: Image.Image) -> list[float]:
    pixels = np.asarray(image, dtype=np.float64) / 255
    colour, grain, light = pixels.mean(axis=(0, 1)), pixels.std(axis=(0, 1)).mean(), pixels.mean()
    seen = [*(3 * (colour - light)), 4 * grain - 0.4, 0.4 - 4 * grain, light - 0.4, 0.4 - light]
    return [*map(float, seen), *[0.3] * 8]


def draw_pictures(
    folder: Path, each: int = 5, size: tuple[int, int] = (12, 12), seed: int = 0
) -> None:
    """Save some pictures of each label, more or less true to it, in a folder per label."""
    rng = np.random.default_rng(seed)
    for label, base in COLOURS.items():
        for number in range(each):
            path = folder / label / f"{number:02}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            own = rng.uniform(0, 255, size=3)
            colour = np.average([base, own], axis=0, weights=[1, rng.uniform(0, 1.2)])
            grain = rng.normal(size=(*size, 3)) * GRAIN.get(label, 8) * rng.uniform(0.4, 1.6)
            Image.fromarray(np.clip(colour + grain, 0, 255).astype(np.uint8)).save(path)
