"""What a language model replied, kept so that an interrupted command continues where it was."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from twentyq.errors import StoreError

WAIT_S = 60.0


@dataclass(frozen=True)
class Reply:
    """The text of one reply, and whether the model came to its own end ("stop")."""

    text: str
    finish_reason: str


class KeptReplies:
    """An SQLite file of replies by question; made when first used, shared by processes.

    SQLite's journal makes each reply whole or absent, even where its writer is killed. Nothing but
    questions' hashes and replies is written, so no key can be. Raises `StoreError` where the disk
    or the file does not do.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, key: str) -> Reply | None:
        """Return the reply to the question of this key, or None."""
        with self._connected() as connection:
            row = connection.execute(
                "SELECT text, finish_reason FROM replies WHERE key = ?", (key,)
            ).fetchone()
        return None if row is None else Reply(*row)

    def keep(self, key: str, reply: Reply) -> None:
        """Write a reply; the first one of a key stays."""
        with self._connected() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO replies VALUES (?, ?, ?)",
                (key, reply.text, reply.finish_reason),
            )

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=WAIT_S, isolation_level=None)) as file:
                file.execute(
                    "CREATE TABLE IF NOT EXISTS replies "
                    "(key TEXT PRIMARY KEY, text TEXT NOT NULL, finish_reason TEXT NOT NULL)"
                )
                yield file
        except (sqlite3.Error, OSError) as fault:
            raise StoreError(
                "the kept replies of language models cannot be used",
                where=str(self.path),
                got=str(fault),
                mend="free the disk, mend the permissions or delete the file; or point "
                "TWENTYQ_CACHE to another folder",
            ) from fault


def key_of(request: Any, base: str | None, nth: int) -> str:
    """Return the hash of a request (a dataclass: model, messages, settings) to a server.

    `nth` counts the times that it was asked before: asking the same again is meant to bring
    another reply, and a command that continues meets the replies in their old order.
    """
    question = json.dumps([asdict(request), base, nth], sort_keys=True, default=str)
    return hashlib.sha256(question.encode()).hexdigest()
