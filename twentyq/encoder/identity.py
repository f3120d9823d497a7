"""What tells encoders apart: a commit on the hub, or the contents of a folder's files."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from twentyq.encoder.cache import cache_folder
from twentyq.encoder.faults import cause
from twentyq.errors import EncoderError

# Weights, settings, vocabularies and code: what can change a vector.
DECISIVE = frozenset({".safetensors", ".json", ".txt", ".model", ".py"})


def folder_identity(folder: Path) -> str:
    """Return `sha256:` and the digest of the folder's names and contents that decide vectors.

    Hashing gigabytes takes seconds, so the digest is remembered in the user's cache folder under
    the files' paths, sizes and times. A cache that cannot be used costs time only.
    Raises `EncoderError` where a file cannot be read.
    """
    try:
        files = decisive_files(folder)
        memo = cache_folder() / "identities" / _fingerprint(files)
        if (remembered := _recall(memo)) is not None:
            return remembered
        identity = identity_of(
            {path.relative_to(folder).as_posix(): file_sha256(path) for path in files}
        )
    except OSError as fault:
        raise EncoderError(
            "a file of the encoder cannot be read", where=str(folder), got=cause(fault)
        ) from fault
    _remember(memo, identity)
    return identity


def identity_of(digests: Mapping[str, str]) -> str:
    """Return the identity of files, given the SHA-256 of each by its name in the folder."""
    total = hashlib.sha256()
    for name, digest in sorted(digests.items()):
        total.update(json.dumps([name, digest]).encode())
    return f"sha256:{total.hexdigest()}"


def decisive_files(folder: Path) -> list[Path]:
    """Return the files that can change a vector, hidden ones and those in hidden folders not."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix in DECISIVE
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def hub_file(hub_id: str, file: str, revision: str | None) -> tuple[Path, str]:
    """Fetch one file of a hub repository, or find it in the hub's cache, with its commit."""
    from huggingface_hub import hf_hub_download

    path = Path(hf_hub_download(hub_id, file, revision=revision))
    return path, path.parent.name  # the cache keeps every file as snapshots/<commit>/<file>


def _fingerprint(files: list[Path]) -> str:
    stats = [(path.resolve(), path.stat()) for path in files]
    listing = [(str(path), stat.st_size, stat.st_mtime_ns) for path, stat in stats]
    return hashlib.sha256(json.dumps(listing).encode()).hexdigest()


def _recall(memo: Path) -> str | None:
    try:
        text = memo.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return None
    kind, _, digest = text.partition(":")
    return text if kind == "sha256" and len(digest) == hashlib.sha256().digest_size * 2 else None


def _remember(memo: Path, identity: str) -> None:
    unfinished = memo.with_suffix(f".{os.getpid()}")
    with contextlib.suppress(OSError):
        memo.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(identity, encoding="ascii")
        unfinished.replace(memo)
