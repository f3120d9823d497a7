"""The life of the prompt store's file: made, opened, found torn or foreign, set aside.

Every use holds a lock file shared, and making or setting aside holds it alone: SQLite finds its
journals by name, so a file must not be moved while anyone has it open. The lock is SQLite's own on
an empty database, which works on every system and falls with the process that holds it.
"""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
import warnings
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from twentyq.encoder.faults import cause
from twentyq.errors import StoreError

WAIT_S = 60.0
APPLICATION_ID = 0x32305131  # "20Q1": whose file it is, and of which layout
SCHEMA = """
CREATE TABLE prompts (
    identity TEXT NOT NULL,
    text_settings TEXT NOT NULL,
    text TEXT NOT NULL,
    dimension INTEGER NOT NULL,
    vector BLOB NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (identity, text_settings, text)
) WITHOUT ROWID
"""
# As SQL, so that one row is judged the same when it is read and when the whole file is.
WHOLE = "length(vector) = 4 * dimension AND dimension > 0 AND crc32(vector) = checksum"
# SQLITE_ERROR is, with statements that never vary, a table that is missing or of another shape.
TORN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
JOURNALS = ("-wal", "-shm")


class StoreWarning(UserWarning):
    """The prompt store was torn or foreign, and was set aside."""


class TornStoreError(Exception):
    """The file is no sound prompt store; the message says why."""


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection to the store, which is made first where there is none.

    Raises `TornStoreError` for a file to be set aside and `StoreError` for a disk that does not do.
    """
    with _retold(path):
        if not path.exists():
            with _lock(path, "EXCLUSIVE"):
                if not path.exists():
                    _make(path)
        with _lock(path, "DEFERRED"), _connection(path) as connection:
            yield connection


def set_aside(path: Path, reason: str) -> None:
    """Move a torn file out of the way and make a new one, unless another process just did.

    Nothing is deleted: a `StoreWarning` names where the old file lies.
    """
    with _retold(path), _lock(path, "EXCLUSIVE"):
        if path.exists() and _is_sound(path):
            return
        kept = _free_name(path)
        # The journal first: a new store beside an old journal would be overwritten by it.
        for suffix in (*JOURNALS, ""):
            with contextlib.suppress(FileNotFoundError):
                Path(f"{path}{suffix}").rename(f"{kept}{suffix}")
        _make(path)
    warnings.warn(
        f"the prompt store {path} cannot be used: {reason}. It now lies beside a new one as "
        f"{kept.name}; prompts are embedded again",
        StoreWarning,
        stacklevel=2,
    )


@contextmanager
def _retold(path: Path) -> Iterator[None]:
    """Turn what SQLite and the file system raise into `TornStoreError` or `StoreError`."""
    try:
        yield
    except sqlite3.Error as fault:
        # The low byte is the kind of fault, the others its detail.
        code = getattr(fault, "sqlite_errorcode", 0)
        if code & 0xFF in TORN or code == sqlite3.SQLITE_IOERR_SHORT_READ:
            raise TornStoreError(str(fault)) from fault
        raise _unusable(path, fault) from fault
    except OSError as fault:
        raise _unusable(path, fault) from fault


def _unusable(path: Path, fault: Exception) -> StoreError:
    return StoreError(
        "the prompt store cannot be used",
        where=str(path),
        got=cause(fault),
        mend="free the disk, mend the permissions or delete the file; or point TWENTYQ_CACHE to "
        "another folder, or pass --no-store to do without",
    )


@contextmanager
def _lock(path: Path, kind: str) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    name = Path(f"{path}.lock")
    with closing(sqlite3.connect(name, timeout=WAIT_S, isolation_level=None)) as lock:
        try:
            lock.execute(f"BEGIN {kind}")
            # A deferred transaction takes its shared lock with the first read.
            lock.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.Error as fault:
            # Setting the store aside would not help here.
            raise _unusable(name, fault) from fault
        yield


def _make(path: Path) -> None:
    unfinished = Path(f"{path}.unfinished")
    for suffix in ("", *JOURNALS):
        Path(f"{unfinished}{suffix}").unlink(missing_ok=True)
    with closing(sqlite3.connect(unfinished, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")  # kept in the file: readers never wait
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(SCHEMA)
    for suffix in JOURNALS:
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    unfinished.replace(path)


@contextmanager
def _connection(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.is_file():
        raise TornStoreError("it is not a regular file")
    with closing(sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)) as connection:
        connection.create_function("crc32", 1, zlib.crc32, deterministic=True)
        if connection.execute("PRAGMA application_id").fetchone() != (APPLICATION_ID,):
            raise TornStoreError("it is not a prompt store of this version of twentyq")
        yield connection


def _is_sound(path: Path) -> bool:
    try:
        with _retold(path), _connection(path) as connection:
            broken_row = f"SELECT 1 FROM prompts WHERE NOT ({WHOLE}) LIMIT 1"
            return (
                connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
                and connection.execute(broken_row).fetchone() is None
            )
    except TornStoreError:
        return False


def _free_name(path: Path) -> Path:
    return next(
        name for n in itertools.count(1) if not (name := Path(f"{path}.set-aside-{n}")).exists()
    )
