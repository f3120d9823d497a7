"""A square picture in the making, and the dice that decide about it.

All measures are shares of the picture's side, so that it looks alike at every size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageDraw

Colour: TypeAlias = tuple[int, int, int]
Range: TypeAlias = tuple[float, float]
Paste: TypeAlias = Callable[[Image.Image, str, int, int, int], None]
"""Puts a drawing by its name into a picture: (picture, name, height, x and y of its middle)."""


class Canvas:
    """A square picture in the making, and the dice that decide about it."""

    def __init__(self, size: int, rng: np.random.Generator, paste: Paste | None) -> None:
        self.size = size
        self.rng = rng
        self.image = Image.new("RGB", (size, size))
        self._draw = ImageDraw.Draw(self.image)
        self._paste = paste

    def some(self, low: int, high: int) -> range:
        """Return a range of low to high steps."""
        return range(int(self.rng.integers(low, high + 1)))

    def at(self, span: Range) -> float:
        """Return a place or length within a span."""
        return float(self.rng.uniform(*span))

    def chance(self, share: float) -> bool:
        """Return True in that share of cases."""
        return bool(self.rng.random() < share)

    def tone(self, *colours: Colour, spread: int = 25) -> Colour:
        """Return one of the colours, each channel shifted by up to `spread`."""
        chosen = np.asarray(colours[int(self.rng.integers(len(colours)))])
        red, green, blue = np.clip(chosen + self.rng.integers(-spread, spread + 1, 3), 0, 255)
        return int(red), int(green), int(blue)

    def fill(self, top: Colour, bottom: Colour, *, sideways: bool = False) -> None:
        """Fill the picture with a gradient."""
        ramp = np.linspace(0, 1, self.size)[:, None]
        line = (1 - ramp) * np.array(top) + ramp * np.array(bottom)
        pixels = np.broadcast_to(line[:, None], (self.size, self.size, 3))
        pixels = pixels.transpose(1, 0, 2) if sideways else pixels
        self.image.paste(Image.fromarray(np.ascontiguousarray(pixels).round().astype(np.uint8)))

    def mist(self, strength: float, patches: int) -> None:
        """Lighten and darken the picture in soft patches; strength is in steps of 0 to 255."""
        rough = self.rng.normal(128, 40, (patches, patches)).clip(0, 255).astype(np.uint8)
        soft = Image.fromarray(rough).resize(self.image.size, Image.Resampling.BICUBIC)
        shift = (np.asarray(soft, np.float32)[..., None] - 128) * (strength / 40)
        mixed = (np.asarray(self.image, np.float32) + shift).clip(0, 255)
        self.image.paste(Image.fromarray(mixed.astype(np.uint8)))

    def ground(self, top: float, colour: Colour) -> None:
        """Fill the picture below a line."""
        self.box(0, top, 1, 1, colour)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """Draw a rectangle."""
        self._draw.rectangle(self._pixels(left, top, right, bottom), fill=colour)

    def disc(self, radius: Range, colour: Colour, *, rows: Range = (0, 1), flat: float = 1) -> None:
        """Draw a disc, or an ellipse `flat` times as high as wide, somewhere in these rows."""
        x, y, r = self.at((0, 1)), self.at(rows), self.at(radius)
        self._draw.ellipse(self._pixels(x - r, y - r * flat, x + r, y + r * flat), fill=colour)

    def ring(self, radius: Range, colour: Colour, width: int = 1) -> None:
        """Draw a circle somewhere."""
        x, y, r = self.at((0, 1)), self.at((0, 1)), self.at(radius)
        self._draw.ellipse(self._pixels(x - r, y - r, x + r, y + r), outline=colour, width=width)

    def line(self, points: Sequence[tuple[float, float]], colour: Colour, width: Range) -> None:
        """Draw a line through points."""
        path = self._pixels(*(value for point in points for value in point))
        self._draw.line(path, fill=colour, width=max(1, round(self.at(width) * self.size)))

    def walk(
        self, start: tuple[float, float], across: float, down: Range, steps: int
    ) -> list[tuple[float, float]]:
        """Return the points of a jagged way down."""
        moves = np.stack([self.rng.uniform(-across, across, steps), self.rng.uniform(*down, steps)])
        path = np.array(start) + np.cumsum(moves, axis=1).T
        return [start, *((float(x), float(y)) for x, y in path)]

    def boulder(self, radius: Range, colour: Colour, rows: Range) -> None:
        """Draw an angular stone."""
        turns = np.linspace(0, 2 * np.pi, int(self.rng.integers(5, 9)), endpoint=False)
        x, y, r = self.at((0, 1)), self.at(rows), self.at(radius)
        reach = r * self.rng.uniform(0.55, 1, len(turns))
        outline = np.stack([x + reach * np.cos(turns), y + 0.8 * reach * np.sin(turns)], axis=1)
        self._draw.polygon(self._pixels(*outline.ravel().tolist()), fill=colour)

    def drawing(self, names: Sequence[str], height: Range) -> None:
        """Put in one of these drawings, where the caller has drawings to give."""
        name = names[int(self.rng.integers(len(names)))]
        x, y, tall = (round(self.at(span) * self.size) for span in ((0, 1), (0.15, 1), height))
        if self._paste is not None:
            self._paste(self.image, name, tall, x, y)

    def _pixels(self, *shares: float) -> list[float]:
        return [share * self.size for share in shares]
