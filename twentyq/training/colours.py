"""Which of thirteen named colours a picture's pixels have."""

import torch
from torch import Tensor

NAMES = (
    "white",
    "black",
    "gray",
    "brown",
    "red",
    "orange",
    "yellow",
    "green",
    "blue",
    "light blue",
    "purple",
    "pink",
    "beige",
)
_SRGB = (
    (250, 250, 250),
    (20, 20, 22),
    (135, 137, 140),
    (120, 75, 40),
    (215, 35, 40),
    (245, 135, 30),
    (250, 215, 50),
    (70, 160, 60),
    (40, 85, 200),
    (120, 195, 240),
    (125, 65, 175),
    (245, 130, 175),
    (225, 195, 150),
)
# sRGB primaries to CIE XYZ under D65 (IEC 61966-2-1), and the white point that normalises it.
_XYZ = ((0.4124, 0.2126, 0.0193), (0.3576, 0.7152, 0.1192), (0.1805, 0.0722, 0.9505))
_WHITE = (0.9505, 1.0, 1.089)
# People name a colour by its hue before its lightness, and drawings are outlined in black.
_LIGHTNESS_WEIGHT = 0.55
_BLACK_WEIGHT = 0.6


def reference(device: torch.device | str = "cpu") -> Tensor:
    """Give the thirteen colours as sRGB in [0, 1], shape ``(13, 3)``."""
    return torch.tensor(_SRGB, dtype=torch.float32, device=device) / 255


def to_lab(srgb: Tensor) -> Tensor:
    """Turn sRGB in [0, 1] into CIE L*a*b* with a lightened L, shape ``(..., 3)``."""
    linear = torch.where(srgb > 0.04045, ((srgb + 0.055) / 1.055).clamp(min=0) ** 2.4, srgb / 12.92)
    xyz = linear @ linear.new_tensor(_XYZ) / linear.new_tensor(_WHITE)
    root = torch.where(xyz > 0.008856, xyz.clamp(min=1e-6) ** (1 / 3), 7.787 * xyz + 16 / 116)
    lightness = (116 * root[..., 1] - 16) * _LIGHTNESS_WEIGHT
    red_green = 500 * (root[..., 0] - root[..., 1])
    yellow_blue = 200 * (root[..., 1] - root[..., 2])
    return torch.stack([lightness, red_green, yellow_blue], -1)


def shares(srgb: Tensor, weight: Tensor) -> Tensor:
    """Share of the weight that is nearest to each colour.

    ``srgb`` has shape ``(n, n_pixels, 3)``, ``weight`` ``(n, n_pixels)``, the result ``(n, 13)``.
    A row without any weight is uniform.
    """
    nearest = torch.cdist(to_lab(srgb), to_lab(reference(srgb.device))[None]).argmin(-1)
    counts = torch.zeros(len(srgb), len(NAMES), device=srgb.device).scatter_add_(1, nearest, weight)
    counts[:, NAMES.index("black")] *= _BLACK_WEIGHT
    total = counts.sum(1, keepdim=True)
    return torch.where(total > 0, counts / total.clamp(min=1e-6), 1 / len(NAMES))
