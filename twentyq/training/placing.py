"""Laying squares into frames: where, how large, turned and mirrored."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Pose:
    """Where a square goes: share of the frame, stretch, turn (radians), centre, -1 to mirror."""

    size: Tensor
    stretch: Tensor
    turn: Tensor
    across: Tensor
    down: Tensor
    side: Tensor


def warp(images: Tensor, pose: Pose, size: int) -> Tensor:
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
