"""The backend of this machine: one process that embeds and plays, fed by its workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from twentyq.batch.decoding import Decoder, decode_ahead
from twentyq.batch.listing import Listing
from twentyq.batch.parts import classify_batch, join_batches
from twentyq.batch.run_folder import RunFolder
from twentyq.batch.sources import PictureSource
from twentyq.batch.vectors import VectorSource, embed_rows
from twentyq.classifier import Classifier
from twentyq.encoder import Embedded, PreparingEncoder, embed_decoded


def run_here(
    classifier: Classifier,
    source: PictureSource | VectorSource,
    folder: RunFolder,
    numbers: Iterable[int],
    *,
    workers: int,
    tell: Callable[[int], None],
) -> None:
    """Make the shards of these numbers that nobody else is making, and keep their parts.

    `tell` takes how many pictures each batch had. Raises StoreError for the disk, and what the
    classifier and `decode_ahead` do; parts that were kept stay.
    """
    claimed = folder.claim(numbers)
    batches = embedded_batches(classifier, source, folder, claimed, workers)
    said = (classify_batch(classifier, shard, batch) for shard, batch in batches)
    try:
        for part in join_batches(said, folder.shards, tell):
            folder.keep(part)
    finally:
        folder.give_back()


def embedded_batches(
    classifier: Classifier,
    source: PictureSource | VectorSource,
    folder: RunFolder,
    numbers: Iterable[int],
    workers: int,
) -> Iterator[tuple[int, Embedded]]:
    """Yield all batches of some shards as vectors, each with the number of its shard."""
    if isinstance(source, VectorSource):
        for shard in numbers:
            for embedded in embed_rows(source, folder.shards, shard):
                yield shard, embedded
        return
    decoder = picture_decoder(classifier, source, folder)
    batches = (batch for shard in numbers for batch in folder.shards.batches(shard))
    encoder = classifier.encoder
    pin = encoder.device.type == "cuda"
    for shard, decoded in decode_ahead(decoder, batches, workers, pin=pin):
        yield shard, embed_decoded(encoder, decoded)


def picture_decoder(classifier: Classifier, source: PictureSource, folder: RunFolder) -> Decoder:
    """Return what decodes the pictures of a run for its encoder."""
    encoder = classifier.encoder
    preparation = encoder.preparation if isinstance(encoder, PreparingEncoder) else None
    return Decoder(source, Listing(folder.listing), classifier.crop, preparation)
