"""The manifest: what a run is, as JSON, so that nothing else is ever added to its parts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from twentyq.batch.whole_file import unusable
from twentyq.encoder.faults import cause
from twentyq.errors import UsageError, shown

MANIFEST = "run.json"

Manifest = Mapping[str, object]


def names_in(folder: Path) -> set[str]:
    """Return the names of what lies in a folder, none where there is no such folder.

    Raises UsageError for a file, StoreError for the disk.
    """
    try:
        return {entry.name for entry in folder.iterdir()}
    except FileNotFoundError:
        return set()
    except NotADirectoryError:
        raise UsageError(
            "this is a file, and a run needs a folder", where=str(folder), mend="name a new folder"
        ) from None
    except OSError as fault:
        raise unusable(folder, fault) from fault


def dump_manifest(manifest: Manifest) -> bytes:
    """Return the file's content."""
    return json.dumps(manifest, indent=1).encode()


def normal(manifest: Manifest) -> Manifest:
    """Return what would be read back: JSON tells no tuples from lists."""
    read: Manifest = json.loads(dump_manifest(manifest))
    return read


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of the run in a folder; raises UsageError where there is none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except OSError as fault:
        got = cause(fault)
    except ValueError:
        got = f"a {MANIFEST} that is not JSON"
    else:
        if isinstance(manifest, dict):
            return manifest
        got = f"a {MANIFEST} of another kind"
    raise UsageError(
        "the folder holds no run that could be continued",
        where=str(folder),
        got=got,
        mend="name another folder, or leave --resume out and name an empty one",
    )


def require_equal(folder: Path, kept: Manifest, wanted: Manifest) -> None:
    """Raise UsageError, which names the first difference, where two manifests are not the same."""
    for part in [*wanted, *kept]:
        before, now = kept.get(part), wanted.get(part)
        if before == now:
            continue
        if isinstance(before, list) and isinstance(now, list):
            before, now = _first_difference(before, now)
        raise UsageError(
            f"the run in this folder was begun with something else: {part.replace('_', ' ')}",
            where=str(folder / MANIFEST),
            got=shown(now),
            allowed=shown(before),
            mend="continue it with what it was begun with, or name another folder to begin anew",
        )


def _first_difference(before: Sequence[object], now: Sequence[object]) -> tuple[object, object]:
    return next(pair for pair in zip_longest(before, now) if pair[0] != pair[1])
