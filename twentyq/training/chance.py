"""Drawing by lot, many at a time, from one generator on one device."""

import torch
from torch import Tensor


class Chance:
    """Draws from one generator, on one device; ``n`` is always how many."""

    def __init__(self, generator: torch.Generator, device: torch.device) -> None:
        self._generator, self._device = generator, device

    def between(self, low: float, high: float, *shape: int) -> Tensor:
        """Draw numbers between bounds."""
        drawn = torch.rand(shape, generator=self._generator, device=self._device)
        return low + (high - low) * drawn

    def happens(self, probability: float, n: int) -> Tensor:
        """Draw what is true with a probability."""
        return self.between(0, 1, n) < probability

    def whole(self, below: int, n: int) -> Tensor:
        """Draw whole numbers from 0 on, below a bound."""
        return torch.randint(below, (n,), generator=self._generator, device=self._device)

    def side(self, n: int) -> Tensor:
        """Draw 1 or -1."""
        return self.happens(0.5, n).float() * 2 - 1

    def noise(self, like: Tensor) -> Tensor:
        """Draw from a normal distribution, in the shape of a tensor."""
        return torch.randn(like.shape, generator=self._generator, device=self._device)

    def maybe(self, probability: float, low: float, high: float, n: int) -> Tensor:
        """Draw a factor ``(n, 1, 1, 1)`` between bounds where it happens, 1 elsewhere."""
        factor = self.between(low, high, n)
        drawn = torch.where(self.happens(probability, n), factor, torch.ones_like(factor))
        return drawn[:, None, None, None]
