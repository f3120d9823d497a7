"""What runs on the nodes of a cluster: actors that embed and play, and tasks that decode for them.

They read the source and the folder of the run, under the paths of the process that began it, and
write nothing.
"""

from __future__ import annotations

import os
import pickle
import platform
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from twentyq.batch.decoding import Decoder
from twentyq.batch.local import embedded_batches
from twentyq.batch.manifest import normal, read_manifest, require_equal
from twentyq.batch.parts import Part, classify_batch
from twentyq.batch.prompts import RunPrompts
from twentyq.batch.run_folder import PROMPTS, RunFolder
from twentyq.batch.settings import Settings
from twentyq.batch.shards import Shards
from twentyq.batch.sources import PictureSource
from twentyq.batch.vectors import VectorSource
from twentyq.encoder import Embedded, Encoder, embed_decoded
from twentyq.errors import TwentyqError, UsageError

Row = dict[str, Any]

# What an actor must have in common with the process that began the run.
SAME = ("twentyq", "encoder", "system")


class EncoderActor:
    """Embeds pictures and plays for them, wherever Ray has put it.

    What goes wrong is said instead of raised: Ray takes an exception for a reason to try again.
    """

    def __init__(
        self,
        load: Callable[[], Encoder],
        settings: Settings,
        source: PictureSource | VectorSource,
        folder: RunFolder,
        home: Path,
    ) -> None:
        """Load the encoder; paths are relative to `home`."""
        self._source, self._folder = source, folder
        self._fault: TwentyqError | None = None
        try:
            _enter(home, source.path, folder.path)
            self._classifier = settings.classifier(load(), RunPrompts(folder.path / PROMPTS))
            described = normal(settings.described(self._classifier))
            kept = read_manifest(folder.path)
            require_equal(
                folder.path,
                {name: kept.get(name) for name in SAME},
                {name: described[name] for name in SAME},
            )
        except TwentyqError as fault:
            self._fault = fault

    def __call__(self, rows: Row) -> Iterator[Row]:
        """Yield what is said of each batch, and after an error nothing more."""
        try:
            if self._fault is not None:
                raise self._fault
            for shard, batch in self._embedded(rows):
                yield _packed(classify_batch(self._classifier, shard, batch))
        except TwentyqError as fault:
            yield _packed(fault)

    def _embedded(self, rows: Row) -> Iterator[tuple[int, Embedded]]:
        numbers = rows["shard"].tolist()
        if "decoded" not in rows:
            yield from embedded_batches(self._classifier, self._source, self._folder, numbers, 0)
            return
        for shard, content in zip(numbers, rows["decoded"], strict=True):
            decoded = pickle.loads(content)
            if isinstance(decoded, TwentyqError):
                raise decoded
            yield shard, embed_decoded(self._classifier.encoder, decoded)


def decode_shard(row: Row, decoder: Decoder, shards: Shards, home: Path) -> Iterator[Row]:
    """Yield the batches of a shard, decoded, or an error; paths are relative to `home`."""
    try:
        _enter(home, decoder.source.path)
    except TwentyqError as fault:
        yield {"shard": row["shard"], "decoded": pickle.dumps(fault)}
        return
    for batch in shards.batches(row["shard"]):
        shard, decoded = decoder[batch]
        yield {"shard": shard, "decoded": pickle.dumps(decoded)}


def _enter(home: Path, *needed: Path) -> None:
    """Be where the run was begun; raises UsageError where a path leads nowhere on this node."""
    for path in (home, *needed):
        if not (home / path).exists():
            raise UsageError(
                "a node of the cluster does not see what the run needs",
                where=str(home / path),
                got=f"nothing there on {platform.node()}",
                mend="keep it on a disk that all nodes share, under the same path",
            )
    os.chdir(home)


def unpacked(row: Row) -> Part:
    """Return what an actor said of a batch; raises its error."""
    said: Part | TwentyqError = pickle.loads(row["said"])
    if isinstance(said, TwentyqError):
        raise said
    return said


def _packed(said: Part | TwentyqError) -> Row:
    # As bytes: Ray Data keeps rows in tables of its own, which know no tables and no exceptions.
    return {"said": [pickle.dumps(said)]}
