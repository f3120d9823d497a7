"""Fresh training pictures: a drawing, recoloured and bent, set into a scene, never twice alike."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from twentyq.training import colours
from twentyq.training.image_tower import normalise

SIZE = 128


@dataclass(frozen=True)
class Drawings:
    """Drawings to compose from: ``rgba`` uint8 ``(n, side, side, 4)`` and what is known of each.

    ``single_colour`` and ``creature`` are boolean ``(n,)``; ``draws`` ``(n,)`` are the weights by
    which any drawing is drawn, ``creature_draws`` those by which a creature is. ``extras`` maps a
    trait's index to the drawings that, put beside a creature, give it that trait.
    """

    rgba: Tensor
    single_colour: Tensor
    creature: Tensor
    draws: Tensor
    creature_draws: Tensor
    extras: dict[int, Tensor]


@dataclass(frozen=True)
class Scenes:
    """Painted backgrounds: ``rgb`` uint8 ``(n, SIZE, SIZE, 3)``, ``kind`` ``(n,)``, colours."""

    rgb: Tensor
    kind: Tensor
    colour: Tensor
    n_kinds: int


@dataclass(frozen=True)
class Views:
    """A batch of composed pictures and what is true of each.

    ``pixels`` ``(n, 3, SIZE, SIZE)``, normalised; ``drawing`` ``(n,)``; ``colour`` and
    ``background_colour`` ``(n, 13)`` shares; ``scene`` ``(n,)``; ``extra`` ``(n,)``, a trait's
    index or -1.
    """

    pixels: Tensor
    drawing: Tensor
    colour: Tensor
    background_colour: Tensor
    scene: Tensor
    extra: Tensor


@dataclass(frozen=True)
class Recipe:
    """How often each thing is done to a view, as probabilities."""

    creature: float = 0.7
    hue: float = 0.22
    tint: float = 0.18
    outline: float = 0.15
    shade: float = 0.25
    plain: float = 0.25
    white: float = 0.30
    extra: float = 0.12


class Composer:
    """Compose views on the device of its drawings; all chance comes from the generator given."""

    def __init__(self, drawings: Drawings, scenes: Scenes, recipe: Recipe = Recipe()) -> None:
        self.drawings = drawings
        self.scenes = scenes
        self.recipe = recipe
        self.device = drawings.rgba.device
        # Rows of the scenes sorted by kind: those of kind k start at first[k] and are count[k].
        kind = scenes.kind.to(self.device)
        self._by_kind = kind.argsort(stable=True)
        self._count = kind.bincount(minlength=scenes.n_kinds)
        self._first = self._count.cumsum(0) - self._count

    def compose(self, n: int, generator: torch.Generator) -> Views:
        """Compose ``n`` views."""
        chance = _Chance(generator, self.device)
        recipe, drawings = self.recipe, self.drawings
        creature = chance.happens(recipe.creature, n)
        drawing = torch.where(
            creature,
            torch.multinomial(drawings.creature_draws, n, True, generator=generator),
            torch.multinomial(drawings.draws, n, True, generator=generator),
        )
        sprite, colour = self._sprites(drawing, chance)
        canvas, scene, background_colour = self._backgrounds(n, chance)

        size = torch.where(
            chance.happens(0.25, n), chance.between(0.35, 0.62, n), chance.between(0.58, 0.95, n)
        )
        size = torch.where(chance.happens(0.15, n), chance.between(0.92, 1.33, n), size)
        across, down = chance.between(0.3, 0.7, n), chance.between(0.36, 0.68, n)
        turn = torch.where(
            chance.happens(0.5, n), chance.between(-0.45, 0.45, n), torch.zeros_like(size)
        )
        stretch, side = chance.between(0.6, 1.1, n), chance.side(n)

        extra, beside = self._extras(drawing, chance)
        with_extra = (extra >= 0).nonzero()[:, 0]
        behind = chance.happens(0.5, n)
        share = chance.between(0.35, 0.8, n)
        extra_across = across + chance.between(-0.4, 0.4, n) * size
        extra_down = down + chance.between(-0.4, 0.1, n) * size

        def put_extras(which: Tensor) -> None:
            if len(which):
                none = torch.zeros_like(size[which])
                canvas[which] = paste(
                    canvas[which],
                    _rgba(drawings.rgba[beside[which]]),
                    Pose(
                        (size * share)[which],
                        none + 1,
                        none,
                        extra_across[which],
                        extra_down[which],
                        none + 1,
                    ),
                )

        put_extras(with_extra[behind[with_extra]])
        canvas = paste(canvas, sprite, Pose(size, stretch, turn, across, down, side))
        put_extras(with_extra[~behind[with_extra]])
        pixels = normalise(_degrade(canvas, chance).clamp(0, 1))
        return Views(pixels, drawing, colour, background_colour, scene, extra)

    def _sprites(self, drawing: Tensor, chance: "_Chance") -> tuple[Tensor, Tensor]:
        """Recolour, outline and shade drawings; give ``(n, 4, side, side)`` and the colours."""
        recipe, n = self.recipe, len(drawing)
        rgba = _rgba(self.drawings.rgba[drawing])
        rgb, alpha = rgba[:, :3].contiguous(), rgba[:, 3:]
        hue = chance.happens(recipe.hue, n)
        single = self.drawings.single_colour[drawing]
        tint = (chance.happens(recipe.tint, n) & ~hue) | single
        _change(rgb, hue, lambda part, _: _turn_hue(part, chance))
        _change(rgb, tint, lambda part, rows: _tint(part, single[rows], chance))
        _change(
            rgb, chance.happens(recipe.shade, n), lambda part, _: part * _slope(part, chance, 0.35)
        )
        rgb.clamp_(0, 1)
        step = 4
        colour = colours.shares(
            rgb[:, :, ::step, ::step].flatten(2).transpose(1, 2),
            (alpha[:, 0, ::step, ::step] > 0.5).float().flatten(1),
        )
        sprite = torch.cat([rgb, alpha], 1)
        _change(sprite, chance.happens(recipe.outline, n), lambda part, _: _outlined(part))
        return sprite, colour

    def _backgrounds(self, n: int, chance: "_Chance") -> tuple[Tensor, Tensor, Tensor]:
        recipe, scenes = self.recipe, self.scenes
        kind = chance.whole(scenes.n_kinds, n)
        kind[chance.happens(recipe.plain, n)] = 0
        share = chance.between(0, 1, n)
        nth = torch.minimum((share * self._count[kind]).long(), self._count[kind] - 1)
        which = self._by_kind[self._first[kind] + nth]
        canvas = scenes.rgb[which].permute(0, 3, 1, 2).float() / 255
        colour = scenes.colour[which].clone()
        name = chance.whole(len(colours.NAMES), n)
        name[chance.happens(recipe.white, n)] = colours.NAMES.index("white")
        flat = colours.reference(self.device)[name] + chance.between(-0.055, 0.055, n, 3)
        plain = kind == 0
        canvas = torch.where(plain[:, None, None, None], flat.clamp(0, 1)[:, :, None, None], canvas)
        colour[plain] = functional.one_hot(name[plain], len(colours.NAMES)).float()
        zoom = torch.where(
            chance.happens(0.5, n), chance.between(1, 1.7, n), torch.ones_like(colour[:, 0])
        )
        room = (zoom - 1) / 2
        pose = Pose(
            zoom,
            torch.ones_like(zoom),
            torch.zeros_like(zoom),
            0.5 + room * chance.between(-1, 1, n),
            0.5 + room * chance.between(-1, 1, n),
            chance.side(n),
        )
        return warp(canvas, pose), kind, colour

    def _extras(self, drawing: Tensor, chance: "_Chance") -> tuple[Tensor, Tensor]:
        """Choose for some creatures a trait's index (else -1) and the drawing that brings it."""
        n, extras = len(drawing), self.drawings.extras
        chosen = torch.full((n,), -1, device=self.device)
        beside = torch.zeros(n, dtype=torch.long, device=self.device)
        if not extras:
            return chosen, beside
        traits = torch.tensor(list(extras), device=self.device)
        kind = chance.whole(len(traits), n)
        for i, which in enumerate(extras.values()):
            beside = torch.where(kind == i, which[chance.whole(len(which), n)], beside)
        wanted = chance.happens(self.recipe.extra, n) & self.drawings.creature[drawing]
        return torch.where(wanted, traits[kind], chosen), beside


@dataclass(frozen=True)
class Pose:
    """Where a square goes: share of the frame, stretch, turn (radians), centre, -1 to mirror."""

    size: Tensor
    stretch: Tensor
    turn: Tensor
    across: Tensor
    down: Tensor
    side: Tensor


def warp(images: Tensor, pose: Pose, size: int = SIZE) -> Tensor:
    """Place images ``(n, c, h, w)`` in empty frames ``(n, c, size, size)``."""
    cos, sin = torch.cos(pose.turn), torch.sin(pose.turn)
    x, y = 2 * pose.across - 1, 2 * pose.down - 1
    scale_x, scale_y = pose.side / (pose.size * pose.stretch), 1 / pose.size
    rows = (
        torch.stack([scale_x * cos, scale_x * sin, -scale_x * (cos * x + sin * y)], 1),
        torch.stack([-scale_y * sin, scale_y * cos, -scale_y * (cos * y - sin * x)], 1),
    )
    shape = (len(images), images.shape[1], size, size)
    grid = functional.affine_grid(torch.stack(rows, 1), list(shape), align_corners=False)
    return functional.grid_sample(images, grid, align_corners=False)


def paste(canvas: Tensor, sprite: Tensor, pose: Pose) -> Tensor:
    """Lay sprites ``(n, 4, h, w)`` over canvases ``(n, 3, size, size)``."""
    alpha = sprite[:, 3:]
    placed = warp(torch.cat([sprite[:, :3] * alpha, alpha], 1), pose, canvas.shape[-1])
    return placed[:, :3] + canvas * (1 - placed[:, 3:])


class _Chance:
    """Draws from one generator, on one device."""

    def __init__(self, generator: torch.Generator, device: torch.device) -> None:
        self._generator, self._device = generator, device

    def between(self, low: float, high: float, *shape: int) -> Tensor:
        drawn = torch.rand(shape, generator=self._generator, device=self._device)
        return low + (high - low) * drawn

    def happens(self, probability: float, n: int) -> Tensor:
        return self.between(0, 1, n) < probability

    def whole(self, below: int, n: int) -> Tensor:
        return torch.randint(below, (n,), generator=self._generator, device=self._device)

    def side(self, n: int) -> Tensor:
        return self.happens(0.5, n).float() * 2 - 1

    def noise(self, like: Tensor) -> Tensor:
        return torch.randn(like.shape, generator=self._generator, device=self._device)

    def maybe(self, probability: float, low: float, high: float, n: int) -> Tensor:
        """Draw a factor ``(n, 1, 1, 1)`` between bounds where it happens, 1 elsewhere."""
        factor = self.between(low, high, n)
        drawn = torch.where(self.happens(probability, n), factor, torch.ones_like(factor))
        return drawn[:, None, None, None]


def _rgba(stored: Tensor) -> Tensor:
    return stored.permute(0, 3, 1, 2).float() / 255


def _turn_hue(rgb: Tensor, chance: _Chance) -> Tensor:
    """Rotate colours about the gray axis by a random angle."""
    angle = chance.between(0.5, 5.8, len(rgb))
    cos, off = torch.cos(angle), torch.sin(angle) / math.sqrt(3)
    even = (1 - cos) / 3
    matrix = torch.stack(
        [
            even + cos,
            even - off,
            even + off,
            even + off,
            even + cos,
            even - off,
            even - off,
            even + off,
            even + cos,
        ],
        1,
    ).view(-1, 3, 3)
    return torch.einsum("nij,njhw->nihw", matrix, rgb).clamp(0, 1)


def _tint(rgb: Tensor, single: Tensor, chance: _Chance) -> Tensor:
    """Paint drawings in one named colour, keeping their light and dark."""
    n = len(rgb)
    name = chance.whole(len(colours.NAMES), n)
    target = colours.reference(rgb.device)[name] + chance.between(-0.07, 0.07, n, 3)
    target = target.clamp(0, 1)[:, :, None, None]
    gray = rgb.mean(1, keepdim=True)
    dark, light = target * (0.35 + 1.3 * gray), target + (1 - target) * (gray - 0.5) * 1.2
    painted = torch.where(gray < 0.5, dark, light)
    # A drawing in a single colour has no light and dark to keep: it gets a slope instead.
    flat = target * _slope(rgb, chance, 0.25)
    return torch.where(single[:, None, None, None], flat, painted).clamp(0, 1)


def _outlined(sprite: Tensor) -> Tensor:
    """Draw a black line around what is opaque."""
    alpha = sprite[:, 3:]
    # Two passes of one dimension cost less than one of two.
    wide = functional.max_pool2d(alpha, (5, 1), 1, (2, 0))
    wide = functional.max_pool2d(wide, (1, 5), 1, (0, 2))
    return torch.cat([sprite[:, :3] * (alpha / wide.clamp(min=1e-3)), wide], 1)


def _slope(rgb: Tensor, chance: _Chance, strength: float) -> Tensor:
    """Light that falls off linearly in a random direction, ``(n, 1, h, w)`` around 1."""
    n, _, height, width = rgb.shape
    angle, depth = chance.between(0, 2 * math.pi, n), chance.between(0, strength, n)
    down = torch.linspace(-1, 1, height, device=rgb.device)[None, :, None]
    across = torch.linspace(-1, 1, width, device=rgb.device)[None, None, :]
    fall = torch.cos(angle)[:, None, None] * across + torch.sin(angle)[:, None, None] * down
    return (1 + depth[:, None, None] * fall)[:, None]


def _degrade(images: Tensor, chance: _Chance) -> Tensor:
    """Vary brightness, contrast and saturation; blur and roughen some."""
    n, size = len(images), images.shape[-1]
    gain, contrast = chance.maybe(0.5, 0.75, 1.25, n), chance.maybe(0.4, 0.7, 1.3, n)
    mean = images.mean((1, 2, 3), keepdim=True) * gain
    images = (images * (gain * contrast)).add_(mean * (1 - contrast))

    def saturate(part: Tensor, _: Tensor) -> Tensor:
        gray = part.mean(1, keepdim=True)
        return torch.lerp(gray, part, chance.between(0.7, 1.3, len(part))[:, None, None, None])

    def blur(part: Tensor, _: Tensor) -> Tensor:
        small = int(size * float(chance.between(0.4, 0.8, 1)))
        part = functional.interpolate(part, size=small, mode="bilinear")
        return functional.interpolate(part, size=size, mode="bilinear")

    def roughen(part: Tensor, _: Tensor) -> Tensor:
        strength = chance.between(0.008, 0.047, len(part))[:, None, None, None]
        return part + chance.noise(part) * strength

    _change(images, chance.happens(0.3, n), saturate)
    _change(images, chance.happens(0.35, n), blur)
    _change(images, chance.happens(0.3, n), roughen)
    return images


def _change(images: Tensor, which: Tensor, change: Callable[[Tensor, Tensor], Tensor]) -> None:
    """Change some images in place; ``change`` gets them and their row numbers."""
    rows = which.nonzero()[:, 0]
    if len(rows):
        images[rows] = change(images[rows], rows)
