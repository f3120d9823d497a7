"""Many drawings to pixels in processes of their own, which may be slow or die without harm.

The drawings come from thousands of hands. One that the renderer would take minutes for, or dies
of, costs itself and not the bank.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait

from twentyq.training.raster import Rgba, rasterize

PATIENCE = 10.0  # seconds for one drawing

# Forked processes could inherit locks that a thread of torch holds.
_context = get_context("spawn")


def rasterize_all(
    svgs: Sequence[str], processes: int = 2, patience: float = PATIENCE
) -> Iterator[tuple[int, Rgba | None]]:
    """Yield every drawing's index and pixels in the order they are done.

    None stands for a drawing that is empty, is not valid, takes longer than `patience` seconds or
    ends its process.
    """
    waiting = iter(range(len(svgs)))
    drawers = [_Drawer() for _ in range(min(processes, len(svgs)))]
    try:
        for drawer in drawers:
            drawer.begin(svgs, waiting)
        while busy := [drawer for drawer in drawers if drawer.index is not None]:
            due = min(drawer.begun for drawer in busy) + patience - time.monotonic()
            ready = wait([drawer.connection for drawer in busy], timeout=max(0.0, due))
            for drawer in busy:
                if drawer.connection in ready:
                    yield drawer.take()
                elif time.monotonic() - drawer.begun > patience:
                    yield drawer.give_up()
                else:
                    continue
                drawer.begin(svgs, waiting)
    finally:
        for drawer in drawers:
            drawer.close()


@dataclass(eq=False)
class _Drawer:
    """One process, and the index of the drawing it has in hand."""

    index: int | None = None
    begun: float = 0.0
    connection: Connection = field(init=False)

    def __post_init__(self) -> None:
        self._start()

    def begin(self, svgs: Sequence[str], waiting: Iterator[int]) -> None:
        self.index = next(waiting, None)
        self.begun = time.monotonic()
        if self.index is not None:
            self.connection.send(svgs[self.index])

    def take(self) -> tuple[int, Rgba | None]:
        try:
            return self._index(), self.connection.recv()
        except (EOFError, ConnectionError):
            return self.give_up()

    def give_up(self) -> tuple[int, Rgba | None]:
        self.close()
        self._start()
        return self._index(), None

    def close(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()

    def _index(self) -> int:
        assert self.index is not None
        return self.index

    def _start(self) -> None:
        self.connection, theirs = _context.Pipe()
        self.process = _context.Process(target=_serve, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()


def _serve(connection: Connection) -> None:
    while True:
        try:
            svg = connection.recv()
        except EOFError:
            return
        try:
            pixels = rasterize(svg)
        except ValueError:
            pixels = None
        connection.send(pixels)
