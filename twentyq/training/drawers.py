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
    waiting = iter(enumerate(svgs))
    drawers = [_Drawer() for _ in range(min(processes, len(svgs)))]
    at_work: dict[_Drawer, int] = {}
    try:
        for drawer in drawers:
            _begin(drawer, waiting, at_work)
        while at_work:
            due = min(drawer.begun for drawer in at_work) + patience - time.monotonic()
            ready = wait([drawer.connection for drawer in at_work], timeout=max(0.0, due))
            for drawer in list(at_work):
                pixels = None
                if drawer.connection in ready:
                    pixels = drawer.take()
                elif time.monotonic() - drawer.begun > patience:
                    drawer.restart()
                else:
                    continue
                yield at_work.pop(drawer), pixels
                _begin(drawer, waiting, at_work)
    finally:
        for drawer in drawers:
            drawer.close()


def _begin(
    drawer: _Drawer, waiting: Iterator[tuple[int, str]], at_work: dict[_Drawer, int]
) -> None:
    for index, svg in waiting:
        at_work[drawer] = index
        drawer.begin(svg)
        break


@dataclass(eq=False)
class _Drawer:
    """One process that draws, and since when it has its drawing in hand."""

    begun: float = 0.0
    connection: Connection = field(init=False)

    def __post_init__(self) -> None:
        self._start()

    def begin(self, svg: str) -> None:
        self.begun = time.monotonic()
        self.connection.send(svg)

    def take(self) -> Rgba | None:
        try:
            pixels: Rgba | None = self.connection.recv()
        except (EOFError, ConnectionError):
            self.restart()
            return None
        return pixels

    def restart(self) -> None:
        self.close()
        self._start()

    def close(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()

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
