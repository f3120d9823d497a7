"""How many threads torch uses, for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let torch use so many threads inside, and as many as before afterwards.

    The number is the process's: other threads of the program compute with as many meanwhile, and
    where two of them change it at once, either's number may be the one that stays. That changes how
    fast they are, and nothing else. Where it is right already it is not touched.
    """
    before = torch.get_num_threads()
    if before == count:
        yield
        return
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
