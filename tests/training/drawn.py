"""Banks of made-up drawings in the layout of the real ones, for tests of the test."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import numpy as np

from twentyq.training.protocol import load_protocol

SIDE = 24


def blob(name: str) -> np.ndarray:
    """Return a disc whose colour follows from the name, on nothing."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    icon = np.zeros((SIDE, SIDE, 4), np.uint8)
    icon[x**2 + y**2 < (SIDE / 2) ** 2] = (*rng.integers(0, 256, 3), 255)
    return icon


def save_bank(folder: Path, part: str, drawings: list[tuple[str, str]]) -> None:
    """Save drawings of these (style, name) as `part.npy` and `part.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / f"{part}.npy", np.stack([blob(f"{s} {name}") for s, name in drawings]))
    rows = [{"style": style, "name": name} for style, name in drawings]
    (folder / f"{part}.json").write_text(json.dumps(rows), encoding="utf-8")


def save_banks(work: Path, without: tuple[str, ...] = ()) -> Path:
    """Save both banks into a work folder, and return where they lie."""
    protocol = load_protocol()
    animals = [name for name in protocol.animals if name not in without]
    icons = work / "icons"
    save_bank(icons, "test", [(s, name) for s in protocol.styles for name in animals])
    save_bank(icons, "train", [("noto", "fire"), ("twemoji", "volcano"), ("other", "fire")])
    return icons
