"""Exceptions of other libraries, retold as ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from twentyq.errors import LONGEST, EncoderError, TwentyqError


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


def cause(fault: BaseException) -> str:
    """Name an exception of another library in one line: its class and its first line."""
    lines = str(fault).strip().splitlines()
    if not lines:
        return type(fault).__name__
    first = "".join(c if c.isprintable() else " " for c in lines[0])
    short = first if len(first) <= 2 * LONGEST else f"{first[: 2 * LONGEST]} …"
    return f"{type(fault).__name__}: {short}"
