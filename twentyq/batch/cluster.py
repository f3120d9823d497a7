"""The backend of a cluster: Ray Data brings shards to encoder actors, this process keeps the parts.

What was asked of an actor or a node that is lost, Ray asks of another.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path

# Ray reads these when it is imported: it would report its use over the network, and talk of itself
# on standard error.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")

import ray
import ray.data
from ray.exceptions import RayError, RayTaskError

from twentyq.batch.actors import EncoderActor, Row, decode_shard, unpacked
from twentyq.batch.local import picture_decoder
from twentyq.batch.parts import Part, join_batches
from twentyq.batch.run_folder import RunFolder
from twentyq.batch.settings import Settings
from twentyq.batch.sources import PictureSource
from twentyq.batch.vectors import VectorSource
from twentyq.classifier import Classifier
from twentyq.encoder import Encoder
from twentyq.encoder.faults import cause
from twentyq.errors import TwentyqError, UsageError, shown

PATIENCE = 10  # seconds


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
                partial(decode_shard, decoder=decoder, shards=folder.shards, home=Path.cwd()),
                num_cpus=1,
                compute=ray.data.TaskPoolStrategy(size=workers),
            )
        cores = 1 if workers is None else workers
        said = shards.map_batches(
            EncoderActor,
            fn_constructor_args=(load, settings, source, folder, Path.cwd()),
            batch_size=1,
            num_cpus=actors.cpus,
            num_gpus=actors.gpus,
            compute=ray.data.ActorPoolStrategy(size=actors.fitting(_nodes(), cores)),
        )
        # Closed before the connection is: threads of Ray Data would go on asking.
        with closing(_unpacked(said)) as batches:
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


def _unpacked(batches: ray.data.Dataset) -> Generator[Part, None, None]:
    for row in batches.iter_rows():
        yield unpacked(row)


def require_answer(address: str) -> None:
    """Raise UsageError where nobody listens at HOST:PORT; Ray would try for minutes."""
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdecimal():
        return
    try:
        socket.create_connection((host, int(port)), timeout=PATIENCE).close()
    except (OSError, OverflowError) as fault:
        raise _no_cluster(address, fault) from fault


@contextmanager
def _connected(address: str | None) -> Iterator[None]:
    """Be connected to the cluster at an address, or to a new one on this machine."""
    ours = not ray.is_initialized()
    _leave_talk_to_log_files()
    with redirect_stdout(sys.stderr):  # Ray tells of nodes that are lost, until its very end
        try:
            if ours:
                ray.init(
                    address,
                    include_dashboard=False if address is None else None,
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                )
            yield
        except ConnectionError as fault:
            raise _no_cluster(str(address), fault) from fault
        except RayTaskError as fault:
            raise fault.cause from fault
        except RayError as fault:
            raise TwentyqError(
                "the Ray cluster failed",
                got=cause(fault),
                mend="see its log files, and continue with --resume",
            ) from fault
        finally:
            if ours:
                ray.shutdown()


def _no_cluster(address: str, fault: Exception) -> UsageError:
    return UsageError(
        "no Ray cluster answers there",
        where="--address",
        got=f"{shown(address)}: {cause(fault)}",
        mend="start one by `ray start --head`, which names its address, or leave --address out",
    )


def _leave_talk_to_log_files() -> None:
    ray.data.DataContext.get_current().enable_progress_bars = False
    logging.getLogger("ray").setLevel(logging.ERROR)
    for handler in logging.getLogger("ray.data").handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setLevel(logging.CRITICAL)


def _nodes() -> list[Row]:
    nodes: list[Row] = ray.nodes()  # type: ignore[no-untyped-call]  # Ray leaves it without
    return nodes


def _written(resources: Row) -> str:
    return ", ".join(f"{resources.get(name, 0):g} {name}" for name in ("CPU", "GPU"))
