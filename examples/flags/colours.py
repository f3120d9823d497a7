"""The colours of a drawing, by the names that people give them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from PIL import Image

from twentyq.training.colours import to_lab

# Shades that flags have, under the name that each is given; one, a sky blue, has two names.
SHADES: Mapping[str, tuple[str, ...]] = {
    "red": ("#c8102e", "#ef2b2d", "#da121a", "#b22234", "#dd0000", "#ff0000"),
    "dark red": ("#8a1538", "#9d2235", "#7f1d2c"),
    "orange": ("#ff883e", "#f77f00", "#ff9933", "#ff4e12", "#f2a800"),
    "yellow": ("#fcd116", "#ffcc00", "#ffe600", "#fdb913"),
    "green": ("#007a3d", "#009e49", "#12ad2b", "#006233", "#43b02a", "#007a68"),
    "light blue": ("#6cace4", "#a4c8e8", "#00afca", "#4f97d7", "#007fff"),
    "blue": ("#0038a8", "#012169", "#11457e", "#005eb8", "#006aa7", "#2d2a4a", "#007fff"),
    "white": ("#ffffff", "#eeeeee"),
    "black": ("#000000", "#231f20"),
}
BETWEEN = 1.25  # a shade whose second name is at most this many times as far off has both names
SAME = 0.5  # shades that are so near are the same to the eye
EDGE = 20  # an edge is this part of the side across it
MIDDLE = 5  # and the middle this part of both sides

_NAMES = tuple(SHADES)
_OWNER = torch.tensor([_NAMES.index(name) for name, shades in SHADES.items() for _ in shades])
_SHADES = to_lab(
    torch.tensor([list(bytes.fromhex(s[1:])) for shades in SHADES.values() for s in shades]) / 255
)


def colours(picture: Image.Image) -> dict[str, dict[str, int]]:
    """Return the percentage of each named colour in the whole of a flag and in its regions.

    Clear pixels, as beside the pennants of Nepal, are no part of the flag.
    """
    pixels = np.asarray(picture.convert("RGBA"))
    high, wide = pixels.shape[:2]
    edge = (max(1, high // EDGE), max(1, wide // EDGE))
    top, left = (side * (MIDDLE - 1) // (2 * MIDDLE) for side in (high, wide))
    regions = {
        "whole": pixels,
        "top": pixels[: edge[0]],
        "bottom": pixels[-edge[0] :],
        "left": pixels[:, : edge[1]],
        "right": pixels[:, -edge[1] :],
        "middle": pixels[top : high - top, left : wide - left],
    }
    return {region: _percentages(part) for region, part in regions.items()}


def _percentages(pixels: np.ndarray) -> dict[str, int]:
    """Return the percentages of the opaque pixels `(height, width, 4)`, largest first."""
    opaque = pixels[pixels[..., 3] > 127][:, :3]
    shades, counts = np.unique(opaque, axis=0, return_counts=True)
    lab = to_lab(torch.from_numpy(shades) / 255)
    # Matrix products round differently on other machines, and near 0 they round a lot.
    distance = torch.cdist(lab, _SHADES, compute_mode="donot_use_mm_for_euclid_dist")
    nearest = torch.full((len(shades), len(_NAMES)), torch.inf)
    nearest = nearest.scatter_reduce(1, _OWNER.expand(len(shades), -1), distance, "amin")
    named = (nearest <= BETWEEN * nearest.amin(1, keepdim=True) + SAME).numpy().astype(float)
    named /= named.sum(1, keepdims=True)
    percent = np.rint(100 * counts @ named / counts.sum()).astype(int)
    order = np.argsort(-percent, kind="stable")
    return {_NAMES[at]: int(percent[at]) for at in order if percent[at]}
