"""A system file that has been read but not yet judged: its values, where each stands, its faults.

Every check of the room returns `Fault`s. `Document.error` turns them into the one error that the
author sees: the fault that stands first in the file, and how many there are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from twentyq.errors import LONGEST, SystemFileError, shown, suggestion

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a value begins, counted from 1, and a bare word or number as its author wrote it."""

    line: int
    column: int
    written: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong at one key path; the parts are those of `TwentyqError`.

    Without `got`, the error shows the word or number that stands there. Where `unknown` is not
    among the names `candidates`, the error shows both and says which was probably meant; `mend`
    is for the case that none is near.
    """

    path: KeyPath
    what: str
    got: str | None = None
    allowed: str | None = None
    mend: str | None = None
    unknown: str | None = None
    candidates: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """The values of a file, and a `Mark` for each key path in it.

    `renamed` gives the key that the author knows where the document was rearranged on the way in.
    """

    where: str
    data: Mapping[str, object]
    marks: Mapping[KeyPath, Mark]
    renamed: Mapping[str | int, str] = field(default_factory=dict)

    def mark(self, path: KeyPath) -> Mark:
        """Return the mark of a path, or that of the nearest value around it."""
        while path and path not in self.marks:
            path = path[:-1]
        return self.marks.get(path, Mark(1, 1))

    def written(self, path: KeyPath) -> str | None:
        """Return the bare word or number at a path as its author wrote it, None for all else."""
        mark = self.marks.get(path)
        return None if mark is None or mark.written is None else _plain(mark.written)

    def place(self, path: KeyPath) -> str:
        """Name file, line and key path, as an error's `where`."""
        named = (self.renamed.get(path[0], path[0]), *path[1:]) if path else ()
        return place(self.where, self.mark(path).line, named)

    def error(self, faults: Iterable[Fault]) -> SystemFileError:
        """Return the error for the fault that stands first in the file."""
        ordered = sorted(faults, key=lambda fault: self._order(fault.path))
        first, count = ordered[0], len(ordered)
        if first.unknown is not None:
            names, mend = first.candidates, first.mend or ""
            first = replace(
                first,
                got=shown(first.unknown),
                allowed=listed(names),
                mend=suggestion(first.unknown, names) or mend,
            )
        return SystemFileError(
            first.what if count == 1 else f"{first.what} (the first of {count} faults)",
            where=self.place(first.path),
            got=first.got or self.written(first.path),
            allowed=first.allowed,
            mend=first.mend,
        )

    def _order(self, path: KeyPath) -> tuple[bool, int, int]:
        # A missing key stands nowhere; a misspelt one nearby says more about it.
        mark = self.mark(path)
        return path not in self.marks, mark.line, mark.column


def place(where: str, line: int, path: KeyPath = ()) -> str:
    """Join file, line and key path: `cards.yaml, line 12, classes.Absol.dominant_color`."""
    steps = [f"[{step}]" if isinstance(step, int) else f".{_key(step)}" for step in path]
    parts = [_plain(where), f"line {line}", "".join(steps).removeprefix(".")]
    return ", ".join(part for part in parts if part)


def listed(names: Iterable[str], limit: int = 20) -> str:
    """Join names for an error message, saying how many were left out beyond `limit`."""
    names = list(names)
    head = ", ".join(_plain(name) for name in islice(names, limit))
    return head if len(names) <= limit else f"{head} and {len(names) - limit} more"


def _key(step: str) -> str:
    return _plain(step) if step and not set(step) & set(".[]") else shown(step)


def _plain(text: str) -> str:
    return text if text.isprintable() and len(text) <= LONGEST else shown(text)
