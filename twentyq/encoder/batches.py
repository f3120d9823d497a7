"""Batches that shrink when the accelerator's memory does not hold them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import torch

from twentyq.errors import EncoderError

T = TypeVar("T")


def embed_in_batches(
    embed: Callable[[Sequence[T]], torch.Tensor], items: Sequence[T], batch_size: int
) -> torch.Tensor:
    """Join `embed`'s rows over batches of the items, `(n_items, d)`; `(0, 0)` for no items.

    Where a batch does not fit in the accelerator's memory it is halved, and so are those after it.
    Raises `EncoderError` where a single item does not fit.
    """
    rows: list[torch.Tensor] = []
    start = 0
    while start < len(items):
        batch = items[start : start + batch_size]
        embedded = _unless_memory_is_short(embed, batch)
        if embedded is not None:
            rows.append(embedded)
            start += len(batch)
        elif len(batch) > 1:
            # Outside the except block: the exception would hold the batch's tensors alive.
            torch.cuda.empty_cache()
            batch_size = len(batch) // 2
        else:
            raise EncoderError(
                "the accelerator's memory does not hold one item at a time",
                mend="free its memory, take a smaller encoder, or pass --device cpu",
            )
    return torch.cat(rows) if rows else torch.empty(0, 0)


def _unless_memory_is_short(
    embed: Callable[[Sequence[T]], torch.Tensor], batch: Sequence[T]
) -> torch.Tensor | None:
    try:
        return embed(batch)
    except torch.OutOfMemoryError:
        return None
