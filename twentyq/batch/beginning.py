"""How a run begins, or goes on: one manifest for all who take part."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from twentyq.batch.listing import row_group_sizes, write_listing
from twentyq.batch.manifest import (
    MANIFEST,
    dump_manifest,
    names_in,
    normal,
    read_manifest,
    require_equal,
)
from twentyq.batch.prompts import write_prompts
from twentyq.batch.run_folder import LISTING, PROMPTS, SCRATCH, RunFolder
from twentyq.batch.settings import Settings
from twentyq.batch.shards import Shards
from twentyq.batch.sources import PictureSource
from twentyq.batch.vectors import VectorSource
from twentyq.batch.whole_file import unusable, whole_file
from twentyq.classifier import Classifier
from twentyq.encoder import PromptStore
from twentyq.encoder.identity import file_sha256
from twentyq.errors import UsageError

FIXED = (PROMPTS, LISTING)


def open_run(
    path: Path,
    source: PictureSource | VectorSource,
    settings: Settings,
    classifier: Classifier,
    *,
    store: PromptStore | None,
    join: bool,
    tell: Callable[[int], None],
) -> RunFolder:
    """Begin a run in a new or empty folder, or with `join` continue the one that lies there.

    `classifier` plays the settings; `store` is where prompts are looked for that it will need.
    `tell` takes how many pictures have been listed. Of several processes that come at once, one
    lists the pictures for all. Raises what `require_ours` does, UsageError for a run of something
    else or a source without pictures, and StoreError for the disk.
    """
    wanted = normal(
        {
            "source": str(source.path.resolve()),
            "kind": source.kind,
            "files": [_stamp(file) for file in source.files],
            **settings.described(classifier),
        }
    )
    require_ours(path, join=join)
    n_embedded = 0
    with _one_at_a_time(path):
        require_ours(path, join=join)
        if not (path / MANIFEST).exists():
            scratch, plan = path / SCRATCH / PROMPTS, classifier.plan
            n_embedded = write_prompts(path / PROMPTS, scratch, plan, classifier.encoder, store)
            _list(path, source, settings.shard_size, tell)
            begun = {**wanted, **{name: _digest(path / name) for name in FIXED}}
            with whole_file(path / MANIFEST, path / SCRATCH / MANIFEST) as file:
                file.write(dump_manifest(begun))
        kept = read_manifest(path)
    require_equal(path, {part: kept.get(part) for part in wanted}, wanted)
    for name in FIXED:
        if _digest(path / name) != kept.get(name):
            raise UsageError(
                "this file is not the one that the run began with",
                where=str(path / name),
                mend="bring it back, or name another folder to begin anew",
            )
    if isinstance(source, VectorSource):
        sizes = source.sizes(settings.shard_size)
    else:
        sizes = row_group_sizes(path / LISTING)
    run = hashlib.sha256(dump_manifest(kept)).hexdigest()
    return RunFolder(path, run, Shards(sizes, settings.batch_size), n_embedded)


def require_ours(path: Path, *, join: bool) -> None:
    """Raise UsageError for a folder that is neither empty nor, with `join`, that of a run."""
    held = names_in(path)
    if MANIFEST in held and join:
        return
    # A run that was interrupted before it had listed everything has not begun.
    if MANIFEST in held or held - {*FIXED, SCRATCH}:
        begun = MANIFEST in held
        raise UsageError(
            "a run lies in this folder" if begun else "the folder is not empty",
            where=str(path),
            got=", ".join(sorted(held)[:5]),
            mend="name another folder, or add --resume to continue the run"
            if begun
            else "name another folder",
        )


def _list(
    path: Path, source: PictureSource | VectorSource, shard_size: int, tell: Callable[[int], None]
) -> None:
    if isinstance(source, VectorSource):
        return
    draft = path / SCRATCH / LISTING
    if not write_listing(path / LISTING, draft, source.entries(), shard_size, tell):
        raise UsageError("the source names no pictures", where=str(source.path))


def _digest(file: Path) -> str | None:
    try:
        return file_sha256(file)
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise unusable(file, fault) from fault


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    try:
        (path / SCRATCH).mkdir(parents=True, exist_ok=True)
        lock = FileLock(path / SCRATCH / "begin.lock")
        lock.acquire()
    except OSError as fault:
        raise unusable(path, fault) from fault
    try:
        yield
    finally:
        lock.release()


def _stamp(file: Path) -> tuple[str, int, int]:
    """Return what a file is known by: its name, size, and time of its last change."""
    status = file.stat()
    return str(file.resolve()), status.st_size, status.st_mtime_ns
