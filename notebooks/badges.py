"""Badges of clubs that do not exist: labelled pictures made on the spot, free of any licence.

Forty clubs with made-up names have one badge each: a figure in one color, plain or with stripes or
spots, before a background. Who has what was drawn by lot. No encoder can have learned the names,
and the rules are true by construction, so what goes wrong is what the encoder does not see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from twentyq.system import AttributeGroup, System

N_CLUBS = 40
SEED = 0
SIDE = 512  # badges are drawn at this size and saved at half of it, for smooth edges

COLORS = {
    "red": (214, 40, 40),
    "orange": (245, 140, 30),
    "yellow": (250, 215, 60),
    "green": (60, 160, 75),
    "blue": (45, 95, 200),
    "purple": (130, 60, 160),
    "pink": (245, 150, 190),
    "brown": (120, 75, 45),
    "black": (30, 30, 30),
    "white": (250, 250, 250),
    "gray": (130, 130, 130),
}

GROUPS = (
    AttributeGroup(
        "color",
        "Most of it is {}.",
        ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "black"),
    ),
    AttributeGroup(
        "shape",
        "Its shape is {}.",
        ("a circle", "a square", "a triangle", "a star", "a cross", "a heart"),
    ),
    AttributeGroup("pattern", "It is {}.", ("plain", "striped", "spotted")),
    AttributeGroup("markings", "Its markings are {}.", ("white", "black", "yellow")),
    AttributeGroup(
        "background", "The background is {}.", ("white", "gray", "black", "green", "blue", "yellow")
    ),
)


def make_system() -> System:
    """Return the clubs as a system; a plain badge has no rule for its markings."""
    rng = np.random.default_rng(SEED)
    names = [
        "".join(parts).title() for parts in product("bfgklmntvz", "aeou", ("vik", "dro", "stu"))
    ]
    clubs = rng.choice(names, size=N_CLUBS, replace=False).tolist()
    looks = _looks(rng)
    rules = {club: {g: {option: 1.0} for g, option in next(looks).items()} for club in clubs}
    return System(
        name="badges",
        groups=GROUPS,
        classes=tuple(clubs),
        rules=rules,
        names_prompt="the badge of {}",
        about="forty clubs that do not exist, by their badges",
        license="CC0-1.0",
    )


def draw_badges(folder: Path, system: System, each: int) -> None:
    """Draw every club's badge `each` times, in a folder per club, no two of them quite alike."""
    rng = np.random.default_rng(SEED)
    for club in system.classes:
        look = {group: next(iter(rule)) for group, rule in system.rules[club].items()}
        (folder / club).mkdir(parents=True)
        for number in range(each):
            _draw(look, rng).save(folder / club / f"{number}.png")


def _looks(rng: np.random.Generator) -> Iterator[Mapping[str, str]]:
    """Draw looks by lot, without end; no two are alike, and what is to be seen can be seen."""
    seen: set[tuple[str, ...]] = set()
    while True:
        look = {group.name: str(rng.choice(group.options)) for group in GROUPS}
        if len({look[part] for part in ("color", "markings", "background")}) < 3:
            continue
        if look["pattern"] == "plain":
            del look["markings"]
        if (key := tuple(look.values())) not in seen:
            seen.add(key)
            yield look


def _draw(look: Mapping[str, str], rng: np.random.Generator) -> Image.Image:
    """Draw a badge of this look, with its place, size, tilt and tint drawn by lot."""
    tint = np.clip(np.array(COLORS[look["color"]]) + rng.uniform(-18, 18, size=3), 0, 255)
    cloth = Image.new("RGB", (SIDE, SIDE), tuple(tint.astype(int).tolist()))
    if look["pattern"] != "plain":
        _mark(ImageDraw.Draw(cloth), look["pattern"], COLORS[look["markings"]])
    angle, radius = rng.uniform(-0.25, 0.25), SIDE * rng.uniform(0.3, 0.4)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    outline = SIDE / 2 + rng.uniform(-35, 35, size=2) + radius * _outline(look["shape"]) @ turn
    mask = Image.new("L", (SIDE, SIDE))
    ImageDraw.Draw(mask).polygon(outline.ravel().tolist(), fill=255)
    badge = Image.new("RGB", (SIDE, SIDE), COLORS[look["background"]])
    badge.paste(cloth, mask=mask)
    return badge.resize((SIDE // 2, SIDE // 2), Image.Resampling.LANCZOS)


def _mark(canvas: ImageDraw.ImageDraw, pattern: str, color: tuple[int, int, int]) -> None:
    """Cover a canvas with stripes or spots."""
    for row, y in enumerate(range(0, SIDE, 52)):
        if pattern == "striped":
            canvas.rectangle((0, y, SIDE, y + 24), fill=color)
            continue
        for x in range(26 * (row % 2), SIDE, 52):
            canvas.ellipse((x - 14, y - 14, x + 14, y + 14), fill=color)


def _outline(shape: str) -> np.ndarray:
    """Return the corners of a shape around 0, of a radius of about 1, `(n, 2)`."""
    quarters = np.pi / 2 * np.arange(4)
    match shape:
        case "a heart":
            return _heart()
        case "a cross":  # two corners at the end of each arm, and one between two arms
            angles = np.add.outer(quarters, [-0.35, 0.35, np.pi / 4]).ravel()
            radii = np.tile([1.05, 1.05, 0.5], 4)
        case "a star":
            angles, radii = np.pi / 5 * np.arange(10), np.tile([1.0, 0.42], 5)
        case "a square":
            angles, radii = np.pi / 4 + quarters, np.ones(4)
        case "a triangle":
            angles, radii = 2 * np.pi / 3 * np.arange(3), np.ones(3)
        case _:
            angles, radii = np.pi / 40 * np.arange(80), np.ones(80)
    return np.stack([radii * np.sin(angles), -radii * np.cos(angles)], axis=1)


def _heart() -> np.ndarray:
    t = np.linspace(0, 2 * np.pi, 80)
    up = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([np.sin(t) ** 3, -up / 16], axis=1)
