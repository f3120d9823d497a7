"""The prompt store: vectors of prompts, kept between runs and shared between processes."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from twentyq.encoder.cache import cache_folder
from twentyq.encoder.protocol import Encoder
from twentyq.encoder.store_file import WHOLE, TornStoreError, opened, set_aside
from twentyq.errors import EncoderError, StoreError, shown

T = TypeVar("T")
ATTEMPTS = 5
SELECT = f"""
SELECT {WHOLE}, vector FROM prompts WHERE identity = ? AND text_settings = ? AND text = ?
"""
INSERT = "INSERT OR IGNORE INTO prompts VALUES (?, ?, ?, ?, ?, ?)"
FLOAT32 = np.dtype("<f4")  # little endian on every machine that shares the folder


class PromptStore:
    """An SQLite file of vectors by encoder identity, text settings and text.

    Several processes share it. The first writer of a text wins, so all that read see one vector.
    A torn or foreign file is set aside with a `StoreWarning` and made anew.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Take the file at `path`, or `prompts.sqlite3` in the cache folder; made when used."""
        self.path = cache_folder() / "prompts.sqlite3" if path is None else path

    def read(self, encoder: Encoder, texts: Iterable[str]) -> dict[str, torch.Tensor]:
        """Return the vectors that are there, each `(d,)` on the CPU.

        Raises `StoreError` where the disk or the file's permissions do not allow it.
        """
        keys = [(encoder.identity, encoder.text_settings, text) for text in texts]

        def select(connection: sqlite3.Connection) -> dict[str, torch.Tensor]:
            found = {}
            for key in keys:
                row = connection.execute(SELECT, key).fetchone()
                if row is not None:
                    found[key[-1]] = _vector(*row)
            return found

        return self._with_sound_file(select)

    def add(self, encoder: Encoder, vectors: Mapping[str, torch.Tensor]) -> None:
        """Write vectors `(d,)` for texts that are not there yet; what is there stays.

        Read them again afterwards: another process may have been first.
        Raises `StoreError` where the disk or the file's permissions do not allow it.
        """
        blobs = {text: vector.cpu().numpy().astype(FLOAT32) for text, vector in vectors.items()}
        rows = [
            (
                encoder.identity,
                encoder.text_settings,
                text,
                blob.size,
                blob.tobytes(),
                zlib.crc32(blob.tobytes()),
            )
            for text, blob in blobs.items()
        ]

        def insert(connection: sqlite3.Connection) -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(INSERT, rows)
            connection.execute("COMMIT")

        self._with_sound_file(insert)

    def _with_sound_file(self, work: Callable[[sqlite3.Connection], T]) -> T:
        for _ in range(ATTEMPTS):
            try:
                with opened(self.path) as connection:
                    return work(connection)
            except TornStoreError as torn:
                set_aside(self.path, str(torn))
        raise _never_settles(self.path)


def embed_prompts(
    encoder: Encoder, texts: list[str], store: PromptStore | None
) -> tuple[torch.Tensor, int]:
    """Return unit vectors `(n_texts, d)` on the encoder's device, and the number embedded for it.

    The number counts texts that went through the text encoder now: 0 when the store has them all.
    Equal texts are embedded once. Raises `EncoderError` for a text that is not valid Unicode or
    gets no usable vector, `StoreError` for a store that cannot be used.
    """
    distinct = list(dict.fromkeys(texts))
    for text in distinct:
        _require_unicode(text)
    if store is None:
        vectors = _embed(encoder, distinct)
        n_embedded = len(distinct)
    else:
        vectors, n_embedded = _through_store(encoder, distinct, store)
    if not texts:
        return torch.empty(0, 0, device=encoder.device), 0
    _require_one_length(vectors.values(), encoder)
    return torch.stack([vectors[text] for text in texts]).to(encoder.device), n_embedded


def _through_store(
    encoder: Encoder, texts: list[str], store: PromptStore
) -> tuple[dict[str, torch.Tensor], int]:
    fresh: dict[str, torch.Tensor] = {}
    for _ in range(ATTEMPTS):
        vectors = store.read(encoder, texts)
        missing = [text for text in texts if text not in vectors]
        if not missing:
            return vectors, len(fresh)
        # Once embedded is enough, even where another process sets the file aside in between.
        fresh |= _embed(encoder, [text for text in missing if text not in fresh])
        store.add(encoder, {text: fresh[text] for text in missing})
    raise _never_settles(store.path)


def _embed(encoder: Encoder, texts: list[str]) -> dict[str, torch.Tensor]:
    return dict(zip(texts, encoder.embed_texts(texts), strict=True)) if texts else {}


def _vector(whole: int, blob: bytes) -> torch.Tensor:
    if not whole:
        raise TornStoreError("a vector in it is damaged")
    return torch.from_numpy(np.frombuffer(blob, FLOAT32).astype(np.float32))


def _require_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as fault:
        raise EncoderError(
            "a prompt is not valid Unicode",
            where=shown(text),
            got=f"half of a surrogate pair at character {fault.start + 1}",
            mend="write the character itself, or its full \\U escape",
        ) from fault


def _require_one_length(vectors: Iterable[torch.Tensor], encoder: Encoder) -> None:
    lengths = sorted({vector.numel() for vector in vectors})
    if len(lengths) > 1:
        raise EncoderError(
            "two encoders of one identity have left prompts in the store",
            where=encoder.name,
            got=f"vectors of {lengths[0]} and {lengths[-1]} numbers as {shown(encoder.identity)}",
            mend="let the factory's identity change with its weights, or pass --no-store",
        )


def _never_settles(path: Path) -> StoreError:
    return StoreError(
        "the prompt store is damaged again and again",
        where=str(path),
        got=f"{ATTEMPTS} attempts",
        mend="see which program writes there, or pass --no-store to do without",
    )
