from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from twentyq.encoder.batched import embed_in_batches
from twentyq.errors import EncoderError


class SmallMemory:
    """Embeds a number as itself, and holds `capacity` numbers at a time, as a GPU would."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.sizes: list[int] = []

    def __call__(self, batch: Sequence[int]) -> torch.Tensor:
        self.sizes.append(len(batch))
        if len(batch) > self.capacity:
            raise torch.OutOfMemoryError
        return torch.tensor(batch).reshape(-1, 1)


@given(n=st.integers(0, 40), batch_size=st.integers(1, 50), capacity=st.integers(1, 50))
def test_every_item_is_embedded_once_and_in_order(n: int, batch_size: int, capacity: int) -> None:
    embed = SmallMemory(capacity)
    rows = embed_in_batches(embed, range(n), batch_size)
    assert rows.flatten().tolist() == list(range(n))
    assert max(embed.sizes, default=0) <= batch_size


def test_a_batch_is_halved_and_stays_so() -> None:
    embed = SmallMemory(capacity=3)
    embed_in_batches(embed, range(10), 8)
    assert embed.sizes == [8, 4, 2, 2, 2, 2, 2]


def test_an_item_that_does_not_fit_alone_is_an_error() -> None:
    with pytest.raises(EncoderError, match=r"does not hold one item[\s\S]*--device cpu"):
        embed_in_batches(SmallMemory(capacity=0), range(4), 4)


def test_other_faults_pass() -> None:
    def fail(batch: Sequence[int]) -> torch.Tensor:
        raise KeyError(len(batch))

    with pytest.raises(KeyError):
        embed_in_batches(fail, [1], 1)
