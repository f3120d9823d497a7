"""One small pass over pictures on disk, for the tests of this room and the processes they kill."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from twentyq.encoder import load_encoder
from twentyq.engine import compile_plan
from twentyq.study.labelled import read_labelled
from twentyq.study.similarities import Similarities, observe
from twentyq.system import parse_system

SYSTEM = """\
name: things
names_prompt: "a {} in a picture"
groups:
  colour:
    prompt: "It is {}."
    options: [red, green, blue]
  texture:
    prompt: "It looks {}."
    options: [noisy, plain]
classes:
  brick: {colour: red, texture: noisy}
  apple: {colour: red, texture: plain}
  grass: {colour: green, texture: noisy}
  sky: {colour: blue, texture: plain}
"""
N_PICTURES = 45
BATCH = 2


def draw_pictures(folder: Path) -> None:
    """Save pictures of noise under two classes: one is torn, one a copy of another."""
    rng = np.random.default_rng(0)
    for number in range(N_PICTURES):
        path = folder / ("brick" if number % 3 else "sky") / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 256, size=(64, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
    torn, copy = folder / "brick" / "07.png", folder / "sky" / "30.png"
    torn.write_bytes(torn.read_bytes()[:500])
    copy.write_bytes((folder / "sky" / "00.png").read_bytes())


def pass_over(
    pictures: Path,
    encoder: Path,
    folder: Path,
    *,
    resume: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Similarities:
    """Observe the pictures with the encoder that is saved in a folder."""
    torch.set_num_threads(1)
    system = parse_system(SYSTEM, "things.yaml")
    plan = compile_plan(system)
    return observe(
        read_labelled(str(pictures), plan.labels),
        system,
        plan,
        load_encoder(str(encoder), device="cpu"),
        folder,
        resume=resume,
        progress=progress,
        batch_size=BATCH,
    )


def pass_in_a_process(pictures: Path, encoder: Path, folder: Path) -> None:
    """Resume the pass, as `study --resume` does."""
    pass_over(pictures, encoder, folder, resume=True)
