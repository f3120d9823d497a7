"""Changing how pictures look: hue, tint, outline, light, and what blurs and roughens them."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from twentyq.training import colours
from twentyq.training.chance import Chance


def turn_hue(rgb: Tensor, chance: Chance) -> Tensor:
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


def tint(rgb: Tensor, single: Tensor, chance: Chance) -> Tensor:
    """Paint drawings in one named colour, keeping their light and dark."""
    n = len(rgb)
    name = chance.whole(len(colours.NAMES), n)
    target = colours.reference(rgb.device)[name] + chance.between(-0.07, 0.07, n, 3)
    target = target.clamp(0, 1)[:, :, None, None]
    gray = rgb.mean(1, keepdim=True)
    dark, light = target * (0.35 + 1.3 * gray), target + (1 - target) * (gray - 0.5) * 1.2
    painted = torch.where(gray < 0.5, dark, light)
    # A drawing in a single colour has no light and dark to keep: it gets a slope instead.
    flat = target * slope(rgb, chance, 0.25)
    return torch.where(single[:, None, None, None], flat, painted).clamp(0, 1)


def outlined(sprite: Tensor) -> Tensor:
    """Draw a black line around what is opaque."""
    alpha = sprite[:, 3:]
    # Two passes of one dimension cost less than one of two.
    wide = functional.max_pool2d(alpha, (5, 1), 1, (2, 0))
    wide = functional.max_pool2d(wide, (1, 5), 1, (0, 2))
    return torch.cat([sprite[:, :3] * (alpha / wide.clamp(min=1e-3)), wide], 1)


def slope(rgb: Tensor, chance: Chance, strength: float) -> Tensor:
    """Light that falls off linearly in a random direction, ``(n, 1, h, w)`` around 1."""
    n, _, height, width = rgb.shape
    angle, depth = chance.between(0, 2 * math.pi, n), chance.between(0, strength, n)
    down = torch.linspace(-1, 1, height, device=rgb.device)[None, :, None]
    across = torch.linspace(-1, 1, width, device=rgb.device)[None, None, :]
    fall = torch.cos(angle)[:, None, None] * across + torch.sin(angle)[:, None, None] * down
    return (1 + depth[:, None, None] * fall)[:, None]


def degrade(images: Tensor, chance: Chance) -> Tensor:
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

    change(images, chance.happens(0.3, n), saturate)
    change(images, chance.happens(0.35, n), blur)
    change(images, chance.happens(0.3, n), roughen)
    return images


def change(images: Tensor, which: Tensor, change: Callable[[Tensor, Tensor], Tensor]) -> None:
    """Change some images in place; ``change`` gets them and their row numbers."""
    rows = which.nonzero()[:, 0]
    if len(rows):
        images[rows] = change(images[rows], rows)
