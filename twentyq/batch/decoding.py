"""Pictures decoded and prepared ahead of the encoder, in worker processes or in this one."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import get_all_start_methods, get_context
from typing import TypeVar

from torch.utils.data import DataLoader, Dataset

from twentyq.batch.listing import Listing
from twentyq.batch.shards import Batch
from twentyq.batch.sources import Entry, PictureSource, readable
from twentyq.encoder import Decoded, Picture, Preparation, decode_pictures
from twentyq.errors import PictureError, TwentyqError

T = TypeVar("T")
Loaded = tuple[int, Decoded | TwentyqError]

# Forking a process whose threads compute can leave the child waiting for ever.
FORKSERVER = "forkserver" in get_all_start_methods()


@dataclass(frozen=True, slots=True, eq=False)
class Decoder(Dataset[Loaded]):
    """Gives any batch of a run, decoded; can be sent to another process."""

    source: PictureSource
    listing: Listing
    crop: str | None
    preparation: Preparation | None

    def __getitem__(self, batch: Batch) -> Loaded:
        """Return the batch and its shard; errors are returned, for they must cross processes."""
        try:
            return batch.shard, self.decode(batch)
        except TwentyqError as fault:
            return batch.shard, fault

    def decode(self, batch: Batch) -> Decoded:
        """Decode a batch; raises EncoderError where preprocessing fails."""
        entries = self.listing.shard(batch.shard)[batch.start : batch.stop]
        return decode_pictures(
            map(self._picture, entries),
            [readable(entry.name) for entry in entries],
            crop=self.crop,
            first=batch.first,
            preparation=self.preparation,
        )

    def _picture(self, entry: Entry) -> Picture | PictureError:
        try:
            return self.source.picture(entry)
        except PictureError as fault:
            return fault


def decode_ahead(
    decoder: Decoder, batches: Iterable[Batch], workers: int, *, pin: bool = False
) -> Iterator[tuple[int, Decoded]]:
    """Yield batches with their shards in the order given, decoded by so many processes, or here.

    `pin` has a thread bring what the processes prepared into pinned memory, for a CUDA device.
    Raises EncoderError where preprocessing fails, and TwentyqError where a process was ended.
    """
    loaded: Iterable[Loaded] = map(decoder.__getitem__, batches)
    if workers:
        context = get_context("forkserver" if FORKSERVER else "spawn")
        if FORKSERVER:
            # Imported once, for all workers to share.
            context.set_forkserver_preload([__name__])
        loaded = DataLoader(
            decoder,
            sampler=batches,
            batch_size=None,
            num_workers=workers,
            collate_fn=_as_it_is,
            worker_init_fn=_leave_interrupts,
            multiprocessing_context=context,
            pin_memory=pin,
        )
    rest = iter(loaded)
    while True:
        try:
            item = next(rest, None)
        except RuntimeError as fault:
            # torch has no class of its own for it.
            if not str(fault).startswith("DataLoader worker (pid"):
                raise
            raise TwentyqError(
                "a process that decodes pictures was ended from outside",
                where=f"--workers {workers}",
                got=str(fault),
                mend="the machine may be short of memory, or of shared memory in a container: "
                "take fewer --workers or a smaller --batch-size, and continue with --resume",
            ) from None
        if item is None:
            return
        shard, decoded = item
        if isinstance(decoded, TwentyqError):
            raise decoded
        yield shard, decoded


def _as_it_is(item: T) -> T:
    return item


def _leave_interrupts(_worker: int) -> None:
    """Let the process that was interrupted end its workers, which would only add tracebacks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
