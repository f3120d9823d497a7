"""Pictures dealt by lot, those of one label after those of another."""

from __future__ import annotations

import numpy as np

from twentyq.study.paths import Ints
from twentyq.study.resampling import SEED


def deal(truth: Ints, n_parts: int, seed: int = SEED) -> Ints:
    """Return the part of each picture, `(n_images,)`: the pictures of each label in turns.

    The next label goes on with the part that is next, so that parts differ by one picture at most.
    """
    part = np.empty(len(truth), dtype=np.int64)
    part[shuffled_by_label(truth, seed)] = np.arange(len(truth)) % n_parts
    return part


def shuffled_by_label(truth: Ints, seed: int = SEED) -> Ints:
    """Return the pictures of the first label in an order drawn by lot, then those of the next."""
    order = np.random.default_rng(seed).permutation(len(truth))
    return order[np.argsort(truth[order], kind="stable")]
