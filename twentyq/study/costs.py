"""What pictures cost together: the prompts that the text encoder must embed for so many of them."""

from __future__ import annotations

import numpy as np
from scipy.stats import hypergeom

from twentyq.study.paths import Bools, Floats, Ints

PICTURES = (1, 10, 100, 1000)


def embedded_for(asked: Bools, sizes: Ints) -> dict[int, float]:
    """Return the mean number of prompts to embed for 1, 10, 100 and 1,000 pictures, store empty.

    A prompt is embedded when the first picture asks its group. `asked` says which of the studied
    pictures asked which group, `(n_images, n_groups)`; `sizes` are the groups' prompts. The means
    are exact, over all ways to choose so many of the studied pictures; more pictures than were
    studied are drawn independently, as from a world of which the studied ones are a sample.
    """
    return {count: float(_chance_of_any(asked, count) @ sizes) for count in PICTURES}


def _chance_of_any(asked: Bools, count: int) -> Floats:
    """Return the chance that one of `count` pictures asks a group, `(n_groups,)`."""
    n_images, askers = len(asked), asked.sum(axis=0)
    if count > n_images:
        return np.asarray(1 - (1 - askers / n_images) ** count)
    return np.asarray(hypergeom.sf(0, n_images, askers, count))
