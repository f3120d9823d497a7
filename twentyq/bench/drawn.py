"""Systems and pictures drawn from a seed, so that a measurement needs nothing but this package."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from twentyq.engine import Plan

# Wide enough that an encoder has something to scale down, as photographs and cards do.
SIDE = 320
N_SHAPES = 12


@dataclass(frozen=True, slots=True)
class Size:
    """How large a system is: N classes, G groups of K options, and B pictures in a batch."""

    classes: int
    groups: int
    options: int
    batch: int

    @property
    def prompts(self) -> int:
        """Q, the prompts of all groups together."""
        return self.groups * self.options


def draw_plan(size: Size, seed: int = 0) -> Plan:
    """Draw a system in which every class has one option of each group, compiled.

    Its arrays are made at once: names and rules as text would need more memory than the arrays of
    a system with 10⁸ entries.
    """
    n_classes, n_groups, n_options = size.classes, size.groups, size.options
    chosen = np.random.default_rng(seed).integers(n_options, size=(n_classes, n_groups))
    # Every option is somebody's, where there are classes enough, so that rules are counted right.
    chosen[:n_options] = np.arange(n_options)[:n_classes, None]
    rule_of = torch.from_numpy(chosen) + n_options * torch.arange(n_groups)
    n_prompts = n_groups * n_options
    options = tuple(f"option {k}" for k in range(n_options))
    return Plan(
        classes=tuple(f"class {c}" for c in range(n_classes)),
        labels=tuple(f"class {c}" for c in range(n_classes)),
        groups=tuple(f"group {g}" for g in range(n_groups)),
        options=(options,) * n_groups,
        prompts=tuple(tuple(f"group {g}: {o}" for o in options) for g in range(n_groups)),
        first_option=tuple(range(0, n_prompts + 1, n_options)),
        first_rule=tuple(range(0, n_prompts + 1, n_options)),
        rules=torch.zeros(n_classes, n_prompts, dtype=torch.float64).scatter_(1, rule_of, 1.0),
        sizes=torch.full((n_groups,), n_options),
        option_group=torch.arange(n_groups).repeat_interleave(n_options),
        distinct_rules=torch.eye(n_options, dtype=torch.float64).repeat(n_groups, 1),
        distinct_group=torch.arange(n_groups).repeat_interleave(n_options),
        rule_of=rule_of,
        informative=torch.full((n_groups,), fill_value=True),
        label_of=torch.arange(n_classes),
        tie_of=torch.unique(rule_of, dim=0, return_inverse=True)[1],
        log_prior=torch.full((n_classes,), -np.log(n_classes), dtype=torch.float64),
        has_prior=False,
    )


def draw_vectors(n: int, dimensions: int, seed: int) -> Tensor:
    """Draw directions in space, `(n, dimensions)` float64 of length 1."""
    drawn = np.random.default_rng(seed).normal(size=(n, dimensions))
    return torch.nn.functional.normalize(torch.from_numpy(drawn), dim=1)


def draw_posterior(size: Size, seed: int = 0) -> Tensor:
    """Draw beliefs from nearly even to nearly sure, `(batch, n_classes)` float64."""
    rng = np.random.default_rng(seed)
    sharpness = rng.uniform(0, 8, size=(size.batch, 1))
    logits = rng.normal(size=(size.batch, size.classes)) * sharpness
    return torch.softmax(torch.from_numpy(logits), dim=1)


def draw_pictures(count: int, seed: int = 0) -> list[bytes]:
    """Draw pictures of coloured shapes over noise, as JPEG files, `(count,)`."""
    rng = np.random.default_rng(seed)
    return [_draw_picture(rng) for _ in range(count)]


def _draw_picture(rng: np.random.Generator) -> bytes:
    noise = rng.integers(0, 256, size=(SIDE, SIDE, 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    draw = ImageDraw.Draw(picture)
    for shape in range(N_SHAPES):
        left, top = rng.integers(0, SIDE // 2, size=2).tolist()
        width, height = rng.integers(SIDE // 8, SIDE // 2, size=2).tolist()
        colour = tuple(rng.integers(0, 256, size=3).tolist())
        paint = draw.ellipse if shape % 2 else draw.rectangle
        paint((left, top, left + width, top + height), fill=colour)
    file = BytesIO()
    picture.save(file, "JPEG", quality=90)
    return file.getvalue()
