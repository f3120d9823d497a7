"""The backend of a cluster: Ray Data brings shards to encoder actors, this process keeps the parts.

Actors read the source and the folder of the run, under the paths that they have here, and write
nothing. What was asked of an actor or a node that is lost is asked again of another, by Ray.
"""

from __future__ import annotations

import logging
import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

# Before Ray is imported: else it reports its use over the network.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

import ray
import ray.data
from ray.exceptions import RayError

from twentyq.batch.decoding import Decoder
from twentyq.batch.local import embedded_batches, picture_decoder
from twentyq.batch.manifest import normal, read_manifest, require_equal
from twentyq.batch.parts import Part, classify_batch, join_batches
from twentyq.batch.prompts import RunPrompts
from twentyq.batch.run_folder import PROMPTS, RunFolder
from twentyq.batch.settings import Settings
from twentyq.batch.shards import Shards
from twentyq.batch.sources import PictureSource
from twentyq.batch.vectors import VectorSource
from twentyq.classifier import Classifier
from twentyq.encoder import Embedded, Encoder, embed_decoded
from twentyq.encoder.faults import cause
from twentyq.errors import TwentyqError, UsageError

Row = dict[str, Any]

# What an actor must have in common with the process that began the run.
SAME = ("twentyq", "encoder", "system")


@dataclass(frozen=True, slots=True)
class Actors:
    """Encoder actors: how many cores and GPUs, or parts of one, each takes, and how many there are.

    With `count` None there are as many as fit.
    """

    cpus: float = 1
    gpus: float = 0
    count: int | None = None

    def fitting(self, nodes: Sequence[Row], workers: int) -> int:
        """Return how many fit on nodes, as Ray lists them, beside so many cores that decode.

        Raises UsageError where none does.
        """
        there = [node["Resources"] for node in nodes if node["Alive"]]
        wanted = {name: n for name, n in (("CPU", self.cpus), ("GPU", self.gpus)) if n}
        most = sum(min(int(has.get(name, 0) / n) for name, n in wanted.items()) for has in there)
        cores = sum(has.get("CPU", 0) for has in there) - workers
        most = min(most, int(cores / self.cpus))
        if most < 1:
            besides = f", beside {workers} cores that decode" if workers else ""
            raise UsageError(
                "the cluster has no room for an encoder actor",
                where="--actor-cpus, --actor-gpus",
                got=_written(wanted) + besides,
                allowed="; ".join(f"a node with {_written(has)}" for has in there),
                mend="let an actor take less, take fewer --workers, or name another --address",
            )
        return most if self.count is None else min(self.count, most)


def run_on_cluster(
    classifier: Classifier,
    source: PictureSource | VectorSource,
    folder: RunFolder,
    numbers: Sequence[int],
    *,
    settings: Settings,
    load: Callable[[], Encoder],
    actors: Actors,
    workers: int | None,
    address: str | None,
    tell: Callable[[int], None],
) -> None:
    """Make the shards of these numbers on a Ray cluster, and keep their parts.

    Each actor gets its encoder from `load` and plays the settings, as the classifier does here.
    `workers` decode for them, tasks of one core each; 0 has actors decode in between, and None
    means as many as there is room for where actors have GPUs, else 0. Without an `address` a
    cluster is started on this machine. `tell` takes how many pictures each batch had. Raises
    UsageError for an address or actors that cannot be, StoreError for the disk, TwentyqError where
    the cluster fails, and what actors raise; parts that were kept stay.
    """
    if not numbers:
        return
    made = 0
    if isinstance(source, VectorSource) or (workers is None and not actors.gpus):
        workers = 0
    with _connected(address):
        shards: ray.data.Dataset = ray.data.from_items(
            [{"shard": number} for number in numbers], override_num_blocks=len(numbers)
        )
        if workers != 0 and not isinstance(source, VectorSource):
            decoder = picture_decoder(classifier, source, folder)
            shards = shards.flat_map(
                partial(decode_shard, decoder=decoder, shards=folder.shards),
                num_cpus=1,
                compute=ray.data.TaskPoolStrategy(size=workers),
            )
        cores = 1 if workers is None else workers
        said = shards.map_batches(
            EncoderActor,
            fn_constructor_args=(load, settings, source, folder),
            batch_size=1,
            num_cpus=actors.cpus,
            num_gpus=actors.gpus,
            compute=ray.data.ActorPoolStrategy(size=actors.fitting(_nodes(), cores)),
        )
        batches = (_opened(row) for row in said.iter_rows())
        for part in join_batches(batches, folder.shards, tell):
            made += 1
            for _ in folder.claim([part.shard]):  # another process may have been faster
                folder.keep(part)
    if made < len(numbers):
        raise TwentyqError(
            "the cluster has not given back every shard",
            where=str(folder.path),
            got=f"{made} of {len(numbers)}",
            mend="continue with --resume",
        )


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
    ) -> None:
        """Load the encoder."""
        self._source, self._folder = source, folder
        self._fault: TwentyqError | None = None
        try:
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
                yield _closed(classify_batch(self._classifier, shard, batch))
        except TwentyqError as fault:
            yield _closed(fault)

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


def decode_shard(row: Row, decoder: Decoder, shards: Shards) -> Iterator[Row]:
    """Yield the batches of a shard, decoded."""
    for batch in shards.batches(row["shard"]):
        shard, decoded = decoder[batch]
        yield {"shard": shard, "decoded": pickle.dumps(decoded)}


def _closed(said: Part | TwentyqError) -> Row:
    # As bytes: Ray Data keeps rows in tables of its own, which know no tables and no exceptions.
    return {"said": [pickle.dumps(said)]}


def _opened(row: Row) -> Part:
    said: Part | TwentyqError = pickle.loads(row["said"])
    if isinstance(said, TwentyqError):
        raise said
    return said


@contextmanager
def _connected(address: str | None) -> Iterator[None]:
    """Be connected to the cluster at an address, or to a new one on this machine."""
    ours = not ray.is_initialized()
    try:
        if ours:
            ray.init(
                address,
                include_dashboard=False if address is None else None,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        yield
    except ConnectionError as fault:
        raise UsageError(
            "no Ray cluster answers there",
            where="--address",
            got=str(address),
            mend="start one by `ray start --head`, which names its address, or leave --address out",
        ) from fault
    except RayError as fault:
        raise TwentyqError(
            "the Ray cluster failed",
            got=cause(fault),
            mend="see its logs, and continue with --resume",
        ) from fault
    finally:
        if ours:
            ray.shutdown()


def _nodes() -> list[Row]:
    nodes: list[Row] = ray.nodes()  # type: ignore[no-untyped-call]  # Ray leaves it without
    return nodes


def _written(resources: Row) -> str:
    return ", ".join(f"{resources.get(name, 0):g} {name}" for name in ("CPU", "GPU"))
