"""What a source of labelled pictures holds, before anything is judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from twentyq.encoder import Picture


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """All rows of a source: names and labels as written, and either pictures or vectors `(n, d)`.

    A row without a label has the label "".
    """

    names: Sequence[str]
    labels: Sequence[str]
    pictures: Sequence[Picture] | None = None
    vectors: np.ndarray[Any, Any] | None = None


class ReadLater(Sequence[Picture]):
    """Some rows of a source, of which each is read when it is asked for."""

    def __init__(self, rows: Sequence[int], read: Callable[[int], Picture]) -> None:
        """Take the numbers of the rows, and what reads the picture of one."""
        self._rows = rows
        self._read = read

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> Picture: ...

    @overload
    def __getitem__(self, at: slice) -> ReadLater: ...

    def __getitem__(self, at: int | slice) -> Picture | ReadLater:
        if isinstance(at, slice):
            return ReadLater(self._rows[at], self._read)
        return self._read(self._rows[at])
