"""Procedural scenes, so that what stands behind a subject can be named and never repeats itself."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from twentyq.errors import UsageError, shown, suggestion
from twentyq.training.canvas import Canvas, Colour, Paste

TREES = ("deciduous tree", "evergreen tree", "palm tree", "herb", "seedling")
BLOOMS = ("tulip", "blossom", "cherry blossom", "hibiscus")
STONES = ("rock", "mountain", "snow-capped mountain")
PLAIN_COLOURS: tuple[Colour, ...] = (
    *((250, 250, 250), (135, 137, 140), (20, 20, 22), (120, 75, 40), (225, 195, 150)),
    *((215, 35, 40), (245, 135, 30), (250, 215, 50), (70, 160, 60)),
    *((120, 195, 240), (40, 85, 200), (125, 65, 175), (245, 130, 175)),
)


def _plain(c: Canvas) -> None:
    colour = c.tone(*PLAIN_COLOURS, spread=14)
    c.fill(colour, colour)


def _space(c: Canvas) -> None:
    c.fill(c.tone((8, 8, 30)), c.tone((20, 10, 60), (5, 5, 15), (50, 20, 90), (10, 30, 70)))
    c.mist(c.at((0, 30)), 6)
    for _ in c.some(25, 120):
        c.disc((0.002, 0.009), c.tone((235, 235, 255)))
    for _ in c.some(0, 2):
        c.disc(
            (0.05, 0.24), c.tone((200, 150, 90), (120, 150, 220), (220, 220, 230), (190, 90, 60))
        )


def _forest(c: Canvas) -> None:
    c.fill(c.tone((60, 140, 60)), c.tone((25, 80, 35)))
    for _ in c.some(0, 7):
        x = c.at((0, 1))
        c.box(x, 0, x + c.at((0.025, 0.09)), 1, c.tone((85, 60, 40)))
    leaves = ((40, 120, 45), (70, 160, 60), (25, 90, 40), (110, 180, 70))
    for _ in c.some(10, 40):
        c.disc((0.04, 0.2), c.tone(*leaves), flat=c.at((0.5, 1.1)))
    for _ in c.some(0, 4):
        c.drawing(TREES, (0.25, 0.62))


def _rocky(c: Canvas) -> None:
    stone = c.tone((130, 125, 120), (150, 120, 95), (100, 100, 110), (165, 140, 110), spread=12)
    c.fill(stone if c.chance(0.6) else c.tone((170, 190, 210)), stone)
    for _ in c.some(8, 25):
        light = c.at((0.55, 1.2))
        red, green, blue = (min(255, round(channel * light)) for channel in stone)
        c.boulder((0.06, 0.27), c.tone((red, green, blue), spread=12), (0.25, 1))
    if c.chance(0.4):
        c.drawing(STONES, (0.3, 0.7))


def _purple(c: Canvas) -> None:
    ends = c.tone((90, 40, 140)), c.tone((170, 90, 210), (60, 20, 90), (220, 120, 220))
    c.fill(*ends, sideways=c.chance(0.5))
    c.mist(c.at((0, 35)), 5)
    for _ in c.some(0, 10):
        c.ring((0.04, 0.47), c.tone((200, 140, 240)), int(c.rng.integers(1, 5)))


def _field(c: Canvas) -> None:
    c.fill(c.tone((110, 180, 240)), c.tone((190, 225, 250)))
    horizon = c.at((0.23, 0.74))
    if c.chance(0.6):
        c.disc((0.05, 0.13), c.tone((255, 235, 100)), rows=(0, horizon))
    c.ground(horizon, c.tone((110, 190, 70)))
    for _ in c.some(0, 12):
        tuft = c.tone((130, 205, 80), (90, 170, 60))
        c.disc((0.06, 0.23), tuft, rows=(horizon + 0.25, 1.2), flat=c.at((0.5, 0.9)))


def _volcano(c: Canvas) -> None:
    c.fill(c.tone((60, 30, 25)), c.tone((35, 25, 25)))
    c.mist(20, 9)
    for _ in c.some(3, 9):
        crack = c.walk((c.at((0, 1)), c.at((0.25, 1))), 0.2, (-0.08, 0.14), 5)
        c.line(crack, c.tone((255, 110, 20)), (0.015, 0.06))
    if c.chance(0.3):
        c.drawing(["volcano"], (0.4, 0.78))


def _embers(c: Canvas) -> None:
    c.fill(c.tone((170, 30, 20)), c.tone((250, 120, 30), (90, 10, 10), (240, 70, 30)))
    c.mist(c.at((0, 45)), 7)
    for _ in c.some(15, 70):
        c.disc((0.004, 0.013), c.tone((255, 210, 90)))
    if c.chance(0.4):
        for _ in c.some(1, 4):
            c.drawing(["fire"], (0.23, 0.62))


def _lake(c: Canvas) -> None:
    c.fill(c.tone((60, 130, 210)), c.tone((30, 90, 180)))
    shore = c.at((0.12, 0.47)) if c.chance(0.6) else 0.0
    if shore:
        c.box(0, 0, 1, shore, c.tone((190, 220, 245)))
    for _ in c.some(5, 25):
        x, y = c.at((-0.15, 1)), c.at((shore, 1))
        c.line([(x, y), (x + c.at((0.08, 0.47)), y)], c.tone((130, 190, 235)), (0.008, 0.024))
    if c.chance(0.2):
        c.drawing(["water wave"], (0.3, 0.62))


def _underwater(c: Canvas) -> None:
    c.fill(c.tone((40, 150, 200)), c.tone((10, 50, 110)))
    for _ in c.some(5, 30):
        c.ring((0.008, 0.055), c.tone((190, 230, 250)))


def _snow(c: Canvas) -> None:
    c.fill(c.tone((190, 215, 240)), c.tone((245, 248, 252), spread=8))
    for _ in c.some(0, 6):
        drift = c.tone((250, 250, 255), (225, 235, 245), spread=10)
        c.disc((0.12, 0.35), drift, rows=(0.47, 1), flat=c.at((0.5, 1.1)))
    for _ in c.some(10, 50):
        c.disc((0.005, 0.013), (255, 255, 255))


def _desert(c: Canvas) -> None:
    sky = (170, 210, 240) if c.chance(0.6) else (230, 190, 130)
    c.fill(c.tone(sky), c.tone((235, 200, 140)))
    for _ in c.some(3, 8):
        dune = c.tone((230, 195, 130), (215, 175, 110), (240, 210, 155))
        c.disc((0.23, 0.55), dune, rows=(0.7, 1.17), flat=c.at((0.5, 1.1)))


def _city(c: Canvas) -> None:
    c.fill(c.tone((170, 200, 230)), c.tone((140, 150, 170)))
    for _ in c.some(4, 9):
        left, wide, top = c.at((-0.08, 1)), c.at((0.11, 0.27)), 1 - c.at((0.31, 0.9))
        c.box(left, top, left + wide, 1, c.tone((130, 130, 145), spread=50))
        lit = c.tone((240, 230, 150))
        for y in np.arange(top + 0.03, 1, 0.07).tolist():
            for x in np.arange(left + 0.024, left + wide - 0.03, 0.0625).tolist():
                c.box(x, y, x + 0.024, y + 0.03, lit)


def _indoor(c: Canvas) -> None:
    wall = c.tone((220, 205, 185), (200, 210, 215), (180, 160, 140), (230, 220, 200))
    c.fill(wall, wall)
    c.ground(c.at((0.55, 0.82)), c.tone((150, 105, 70)))
    if c.chance(0.6):
        left, wide = c.at((0.04, 0.62)), c.at((0.16, 0.31))
        c.box(left - 0.024, 0.055, left + wide + 0.024, 0.415, (255, 255, 255))
        c.box(left, 0.08, left + wide, 0.39, c.tone((180, 215, 240)))


def _sunset(c: Canvas) -> None:
    c.fill(c.tone((120, 60, 130), (230, 110, 70)), c.tone((255, 180, 90)))
    c.disc((0.06, 0.2), c.tone((255, 230, 140)), rows=(0.5, 0.6))
    if c.chance(0.5):
        c.ground(c.at((0.62, 0.86)), c.tone((90, 50, 60)))


def _storm(c: Canvas) -> None:
    c.fill(c.tone((60, 60, 40), (250, 220, 80), (50, 50, 80)), c.tone((120, 110, 50)))
    for _ in c.some(2, 8):
        bolt = c.walk((c.at((0, 1)), 0), 0.17, (0.06, 0.22), 6)
        c.line(bolt, c.tone((255, 245, 130)), (0.008, 0.04))


def _sky(c: Canvas) -> None:
    c.fill(c.tone((90, 165, 235)), c.tone((170, 210, 245)))
    for _ in c.some(2, 6):
        c.disc((0.08, 0.2), c.tone((245, 248, 252), spread=10), flat=c.at((0.5, 1.1)))


def _night(c: Canvas) -> None:
    c.fill(c.tone((15, 18, 40)), c.tone((35, 40, 70)))
    c.disc((0.05, 0.14), c.tone((240, 235, 200)), rows=(0, 0.4))


def _flowers(c: Canvas) -> None:
    meadow = c.tone((110, 175, 80))
    c.fill(meadow, meadow)
    petals = ((240, 120, 170), (250, 220, 80), (240, 240, 250), (220, 60, 80), (170, 110, 220))
    for _ in c.some(20, 60):
        c.disc((0.015, 0.055), c.tone(*petals), flat=c.at((0.5, 1.1)))
    for _ in c.some(1, 4):
        c.drawing(BLOOMS, (0.14, 0.31))


def _lines(c: Canvas) -> None:
    c.fill(c.tone((128, 128, 128), spread=120), c.tone((128, 128, 128), spread=120))
    middle, colour = (c.at((0, 1)), c.at((0, 1))), c.tone((200, 200, 200), spread=55)
    for _ in c.some(8, 30):
        turn = c.at((0, 2 * np.pi))
        end = middle[0] + 1.6 * np.cos(turn), middle[1] + 1.6 * np.sin(turn)
        c.line([middle, end], c.tone(colour), (0.008, 0.04))


_PAINTERS: dict[str, Callable[[Canvas], None]] = {
    "plain": _plain,
    "space": _space,
    "forest": _forest,
    "rocky": _rocky,
    "purple": _purple,
    "field": _field,
    "volcano": _volcano,
    "embers": _embers,
    "lake": _lake,
    "underwater": _underwater,
    "snow": _snow,
    "desert": _desert,
    "city": _city,
    "indoor": _indoor,
    "sunset": _sunset,
    "storm": _storm,
    "sky": _sky,
    "night": _night,
    "flowers": _flowers,
    "lines": _lines,
}

SCENES = tuple(_PAINTERS)


def paint(
    scene: str, size: int, rng: np.random.Generator, paste: Paste | None = None
) -> Image.Image:
    """Return a picture of a scene, `size` pixels square, decided by `rng` alone.

    Some scenes hold drawings (trees, fire, flowers); `paste` is asked to put them in, and they are
    left out without it. Raises UsageError for a scene that is not in `SCENES`.
    """
    painter = _PAINTERS.get(scene)
    if painter is None:
        raise UsageError(
            "there is no such scene",
            where="scene",
            got=shown(scene),
            allowed=", ".join(SCENES),
            mend=suggestion(scene, SCENES),
        )
    canvas = Canvas(size, rng, paste)
    painter(canvas)
    return canvas.image
