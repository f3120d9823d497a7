"""Files that a command is told to write."""

from __future__ import annotations

import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from twentyq.errors import StoreError, UsageError, shown


def require_new(path: Path, option: str, *, force: bool) -> None:
    """Raise UsageError at once for a file that, after minutes of work, would not be replaced."""
    if path.exists() and not force:
        raise _exists(f"{option} {path}")


def require_ending(path: Path, endings: Collection[str], what: str, *, where: str) -> str:
    """Return the ending of a file to be written; raises UsageError for one that is not allowed."""
    ending = path.suffix.lower()
    if ending not in endings:
        raise UsageError(
            what,
            where=where,
            got=shown(path.suffix) if path.suffix else "no ending",
            allowed=", ".join(endings),
            mend="choose one of these endings",
        )
    return ending


def write_file(path: Path, content: str | bytes, *, force: bool, where: str | None = None) -> None:
    """Write a file as a whole or not at all; an existing one is replaced only by `force`.

    `where` names the file in errors, `--out` and its path by default.
    """
    where = f"--out {path}" if where is None else where
    with suppress(OSError):  # what cannot be looked at cannot be written either, and says so then
        if force and path.exists() and not path.is_file():
            mend = "choose another name"
            raise UsageError("only a regular file is replaced", where=where, mend=mend)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part") if force else path
    try:
        with draft.open("xb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        draft.replace(path)
    except FileExistsError:
        raise _exists(where) from None
    except (OSError, ValueError) as error:
        with suppress(OSError, ValueError):
            draft.unlink()
        reason = getattr(error, "strerror", None) or str(error)
        mend = "check the folder, its permissions and the space left on the disk"
        raise StoreError(f"cannot write: {reason}", where=where, mend=mend) from None


def _exists(where: str) -> UsageError:
    mend = "choose another name, or replace it with --force"
    return UsageError("this file exists already", where=where, mend=mend)
