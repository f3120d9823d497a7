"""The first of the largest, where values that should be equal may differ in their last bits."""

from __future__ import annotations

import torch
from torch import Tensor

# The last bits of a matrix product or a softmax depend on the batch and the order of summation.
TIE = 1e-12


def first_largest(values: Tensor) -> Tensor:
    """Return the first column within `TIE` of each row's largest value, `(n,)`."""
    near_largest = values >= values.amax(dim=1, keepdim=True) - TIE
    return near_largest.to(torch.uint8).argmax(dim=1)
