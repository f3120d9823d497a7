"""The expected information gain as it is written down first, to measure the engine's against."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from twentyq.engine import Plan

Array = np.ndarray[Any, np.dtype[np.float64]]


def gain_in_python(
    channel: Sequence[Sequence[float]], posterior: Sequence[float], first_option: Sequence[int]
) -> list[float]:
    """Return the gain of every group in bits for one picture, by loops over plain lists.

    `channel` is `(n_classes, n_prompts)`, `posterior` `(n_classes,)`; group g owns the columns
    `first_option[g]` to `first_option[g + 1]`.
    """
    gains = []
    for start, stop in pairwise(first_option):
        bits = 0.0
        for column in range(start, stop):
            expected = 0.0
            for chance, row in zip(posterior, channel, strict=True):
                joint = chance * row[column]
                expected += joint
                if row[column] > 0:
                    bits += joint * math.log2(row[column])
            if expected > 0:
                bits -= expected * math.log2(expected)
        gains.append(bits)
    return gains


def gain_in_numpy(channel: Array, posterior: Array, plan: Plan) -> Array:
    """Return the gain of every group in bits, `(n_images, n_groups)`, one by one.

    `channel` is `(n_classes, n_prompts)`, `posterior` `(n_images, n_classes)`.
    """
    gains = np.zeros((len(posterior), len(plan.groups)))
    for i, belief in enumerate(posterior):
        for g in range(len(plan.groups)):
            block = channel[:, plan.options_of(g)]
            gains[i, g] = _entropy(belief @ block) - belief @ _entropy(block)
    return gains


def _entropy(chances: Array) -> Array:
    logs = np.log2(chances, where=chances > 0, out=np.zeros_like(chances))
    entropy: Array = -(chances * logs).sum(axis=-1)
    return entropy
