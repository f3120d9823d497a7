"""Drawings to banks of pictures on disk: a bank per style, and one of all styles of a use.

A bank is `<name>.npy`, uint8 RGBA (n, 112, 112, 4), straight alpha, and `<name>.json`, which says
in the same order what the pictures show. The `.json` is written last: with it a bank is complete.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from twentyq.errors import TrainingError
from twentyq.training.drawers import rasterize_all
from twentyq.training.icons import IconDrawing
from twentyq.training.raster import SIZE, Rgba, check_renderer


def render_style(style: str, drawings: Sequence[IconDrawing], folder: Path) -> Path:
    """Render one style to a bank in `folder`, unless it is there; return its `.json`.

    Drawings that come to nothing are left out. Raises `TrainingError` without resvg-py.
    """
    entries = [entry(drawing) for drawing in drawings]
    svgs = [drawing.svg for drawing in drawings]
    digest = hashlib.sha256(json.dumps([entries, svgs]).encode()).hexdigest()
    bank = folder / f"{style}-{digest[:12]}.json"
    if bank.is_file():
        return bank
    check_renderer()
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob(f"{style}-????????????.*"):
        stale.unlink()
    pictures = _rasterize(style, svgs)
    drawn = [(index, pixels) for index, pixels in enumerate(pictures) if pixels is not None]
    if not drawn:
        raise TrainingError(
            f"none of {len(svgs)} drawings could be rendered",
            where=style,
            mend="check that resvg-py works: twentyq.training.raster.rasterize on one drawing",
        )
    np.save(bank.with_suffix(".npy"), np.stack([pixels for _, pixels in drawn]))
    write_json(bank, [entries[index] for index, _ in drawn])
    return bank


def join_banks(banks: Sequence[Path], joined: Path) -> int:
    """Join banks, named by their `.json` files, into one; return how many pictures it holds."""
    entries = [json.loads(bank.read_text("utf-8")) for bank in banks]
    total = sum(map(len, entries))
    joined.unlink(missing_ok=True)
    shape = (total, SIZE, SIZE, 4)
    # Mapped to disk, so that no more than one style at a time needs memory; and a file of its own,
    # so that a training that still reads the old bank keeps it.
    fresh = joined.with_suffix(".npy.new")
    pixels = np.lib.format.open_memmap(fresh, "w+", np.uint8, shape)
    at = 0
    for bank, those in zip(banks, entries, strict=True):
        pixels[at : at + len(those)] = np.load(bank.with_suffix(".npy"))
        at += len(those)
    pixels.flush()
    fresh.replace(joined.with_suffix(".npy"))
    write_json(joined, [one for those in entries for one in those])
    return total


def entry(drawing: IconDrawing) -> dict[str, Any]:
    """Return what a bank says of a drawing."""
    return {
        "style": drawing.style,
        "name": drawing.name,
        "keywords": list(drawing.keywords),
        "group": drawing.group,
        "subgroup": drawing.subgroup,
        "codepoints": drawing.codepoints,
    }


def write_json(path: Path, content: Any) -> None:
    """Write a file that is either whole or not there."""
    fresh = path.with_suffix(".json.new")
    fresh.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
    fresh.replace(path)


def _rasterize(style: str, svgs: Sequence[str]) -> list[Rgba | None]:
    pictures: list[Rgba | None] = [None] * len(svgs)
    columns = (f"rendering {style}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task(style, total=len(svgs))
        for index, pixels in rasterize_all(svgs):
            pictures[index] = pixels
            progress.advance(task)
    return pictures
