"""A bank of painted scenes, made once for a run."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from rich.progress import track

from twentyq.training import colours
from twentyq.training.backgrounds import SCENES, paint
from twentyq.training.views import SIZE, Scenes

_STEP = 6


def paint_bank(file: Path, n: int, seed: int, rgba: np.ndarray, names: Sequence[str]) -> None:
    """Paint ``n`` scenes of all kinds in turn into ``file``, unless it is there.

    ``rgba`` ``(n_drawings, side, side, 4)`` and their ``names`` give the trees, fires and flowers
    that some scenes contain.
    """
    if file.exists():
        return
    rng = np.random.default_rng(seed)
    named: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        named.setdefault(name, []).append(row)

    def paste(image: Image.Image, name: str, height: int, x: int, y: int) -> None:
        rows = named.get(name)
        if rows:
            drawing = Image.fromarray(rgba[rows[int(rng.integers(len(rows)))]])
            drawing = drawing.resize((height, height), Image.Resampling.BILINEAR)
            image.paste(drawing, (x - height // 2, y - height // 2), drawing)

    bank = np.empty((n, SIZE, SIZE, 3), np.uint8)
    for row in track(range(n), "paint scenes"):
        bank[row] = np.asarray(paint(SCENES[row % len(SCENES)], SIZE, rng, paste))
    unfinished = file.with_name(f"unfinished-{file.name}")
    np.save(unfinished, bank)
    unfinished.replace(file)


def load_bank(file: Path, device: torch.device) -> Scenes:
    """Load a bank of scenes with the colours of each."""
    rgb = torch.from_numpy(np.load(file))
    small = rgb[:, ::_STEP, ::_STEP].flatten(1, 2).float() / 255
    colour = torch.cat(
        [colours.shares(part, torch.ones(part.shape[:2])) for part in torch.split(small, 500)]
    )
    kind = torch.arange(len(rgb)) % len(SCENES)
    return Scenes(rgb.to(device), kind.to(device), colour.to(device), len(SCENES))
