"""Exceptions of other libraries, retold as ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from twentyq.encoder.wording import cause
from twentyq.errors import EncoderError, TwentyqError


@contextmanager
def retold(what: str, *, where: str, mend: str | None = None) -> Iterator[None]:
    """Turn any exception into `EncoderError`, except ours and the accelerator's full memory.

    Loaders, tokenizers and code that comes with a model fail with whatever class they like.
    """
    try:
        yield
    except (TwentyqError, torch.OutOfMemoryError):
        raise
    except Exception as fault:
        raise EncoderError(what, where=where, got=cause(fault), mend=mend) from fault
