"""The pictures of the test: drawings of the test styles on white and on scenes, fixed by a seed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from twentyq.errors import TrainingError
from twentyq.training.backgrounds import SCENES, paint
from twentyq.training.protocol import Pictures, Protocol

RENDER = "run `python -m twentyq.training` up to its step that renders"


@dataclass(frozen=True, slots=True, eq=False)
class IconBank:
    """Drawings on disk: `pixels` is `(n, side, side, 4)` uint8, RGBA with straight alpha."""

    pixels: np.ndarray[Any, np.dtype[np.uint8]]
    styles: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def load(cls, folder: Path, part: str) -> IconBank:
        """Read `part.npy` and `part.json`; raises TrainingError where they are not there."""
        pixels, table = folder / f"{part}.npy", folder / f"{part}.json"
        for path in (pixels, table):
            if not path.is_file():
                raise TrainingError("the drawings are missing", where=str(path), mend=RENDER)
        rows = json.loads(table.read_text(encoding="utf-8"))
        names = tuple(row["name"] for row in rows)
        return cls(np.load(pixels, mmap_mode="r"), tuple(row["style"] for row in rows), names)

    def picture(self, row: int) -> Image.Image:
        """Return one drawing as an RGBA picture."""
        return Image.fromarray(np.asarray(self.pixels[row]))

    def rows(self, name: str, styles: tuple[str, ...]) -> list[int]:
        """Return the rows of the drawings of this name in these styles."""
        keys = enumerate(zip(self.names, self.styles, strict=True))
        return [row for row, (called, style) in keys if called == name and style in styles]


@dataclass(frozen=True, slots=True, eq=False)
class FixedPicture:
    """One drawing of an animal on both backgrounds."""

    animal: str
    style: str
    white: Image.Image
    scene: Image.Image
    scene_name: str


def fixed_pictures(protocol: Protocol, tested: IconBank, lent: IconBank) -> list[FixedPicture]:
    """Return the pictures of every animal in every test style, in the protocol's order.

    `lent` are the drawings that belong to scenes. An animal that a style does not draw is left
    out; raises TrainingError where that animal is one of the unseen.
    """
    row_of: dict[tuple[str, str], int] = {}
    for row, key in enumerate(zip(tested.styles, tested.names, strict=True)):
        row_of.setdefault(key, row)
    made = []
    for s, style in enumerate(protocol.styles):
        for a, animal in enumerate(protocol.animals):
            at = row_of.get((style, animal))
            if at is not None:
                rng = np.random.default_rng([protocol.pictures.seed, s, a])
                icon = tested.picture(at)
                white = on_white(icon, protocol.pictures)
                scene, scene_name = on_scene(icon, protocol.pictures, rng, lent)
                made.append(FixedPicture(animal, style, white, scene, scene_name))
            elif animal in protocol.unseen:
                raise TrainingError(
                    "a drawing of the test is missing",
                    where=f"style {style}",
                    got=f"no drawing named {animal!r}",
                    mend=RENDER,
                )
    return made


def write_pictures(protocol: Protocol, shown: Sequence[FixedPicture], folder: Path) -> None:
    """Write the pictures as PNG files, in a folder for each animal, as a study takes them."""
    for one in shown:
        place = folder / protocol.animal_of(one.animal)
        place.mkdir(parents=True, exist_ok=True)
        for background in ("white", "scene"):
            name = f"{one.style} {one.animal} {background}.png".replace(" ", "-")
            getattr(one, background).save(place / name)


def on_white(icon: Image.Image, how: Pictures) -> Image.Image:
    """Return the drawing in the middle of a white square."""
    picture = Image.new("RGB", (how.side, how.side), "white")
    height, middle = how.white_height, how.side / 2
    _place(picture, icon, (height, height), (middle, middle))
    return picture


def on_scene(
    icon: Image.Image, how: Pictures, rng: np.random.Generator, lent: IconBank
) -> tuple[Image.Image, str]:
    """Return the drawing on a scene drawn by lot, and the scene's name."""

    def paste(picture: Image.Image, name: str, height: int, x: int, y: int) -> None:
        rows = lent.rows(name, how.lent_by)
        if rows:
            one = lent.picture(rows[int(rng.integers(len(rows)))])
            _place(picture, one, (height, height), (x, y))

    scene = SCENES[int(rng.integers(len(SCENES)))]
    picture = paint(scene, how.side, rng, paste)
    height = rng.uniform(*how.scene_height)
    width = height * rng.uniform(*how.scene_width)
    x, y = np.array(how.scene_middle) + rng.uniform(-how.scene_shift, how.scene_shift, 2)
    _place(picture, icon, (round(width), round(height)), (x, y))
    return picture, scene


def _place(
    picture: Image.Image, icon: Image.Image, size: tuple[int, int], middle: tuple[float, float]
) -> None:
    # Pillow weighs colours by alpha when it resizes, so no dark fringe appears.
    fitted = icon.resize(size, Image.Resampling.BILINEAR)
    corner = round(middle[0] - size[0] / 2), round(middle[1] - size[1] / 2)
    picture.paste(fitted, corner, fitted)
