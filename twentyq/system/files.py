"""Reading a text file from a path that may be anything."""

from __future__ import annotations

from pathlib import Path

from twentyq.errors import SystemFileError

MAX_BYTES = 1_000_000


def read_text(path: Path) -> str:
    """Return a file's text without a byte order mark; raises `SystemFileError`."""
    where = str(path)
    try:
        if path.is_dir():
            mend = "name the file in it"
            raise SystemFileError("this is a folder, not a file", where=where, mend=mend)
        # Reading a pipe or a device would wait, perhaps for ever.
        if path.exists() and not path.is_file():
            mend = "save its content to a file first"
            raise SystemFileError("this is not an ordinary file", where=where, mend=mend)
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        mend = "check the spelling, and the folder that you are in"
        raise SystemFileError("there is no such file", where=where, mend=mend) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        what, mend = f"the file cannot be read: {reason}", "check the path and its permissions"
        raise SystemFileError(what, where=where, mend=mend) from None
    check_size(len(content), where)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SystemFileError(
            "the file is not UTF-8 text",
            where=f"{where}, line {line}",
            got=f"the byte 0x{content[error.start]:02x}",
            mend="save it as UTF-8",
        ) from None


def check_size(n_bytes: int, where: str) -> None:
    """Raise `SystemFileError` for a file of more than `MAX_BYTES`."""
    if n_bytes > MAX_BYTES:
        raise SystemFileError(
            "this is too large for a system file",
            where=where,
            got=f"more than {MAX_BYTES:,} bytes",
            allowed=f"at most {MAX_BYTES:,} bytes",
            mend="check that this is the file you meant",
        )
