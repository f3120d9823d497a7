"""The encoder that ships: its folder, and the proof that its files are the ones that were made.

`SHA256SUMS` stands beside the files and is also read by `sha256sum -c`. It lists what decides
vectors; the model card and the list itself are not in it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from twentyq.encoder.faults import cause
from twentyq.encoder.identity import decisive_files, file_sha256, identity_of
from twentyq.errors import EncoderError, shown

FOLDER = Path(__file__).with_name("builtin")
LIST = "SHA256SUMS"
LINE = re.compile(r"([0-9a-f]{64}) [ *](\S.*)")
LFS_POINTER = b"version https://git-lfs.github.com/spec/"
MEND = (
    "install twentyq again, or restore the folder with git; "
    "meanwhile, --encoder takes a folder or a hub id (org/name)"
)


@cache
def verified_identity(folder: Path) -> str:
    """Return the identity of a folder whose files are those of its `SHA256SUMS`.

    Reads every byte (some 0.05 s for the shipped encoder), once per process and folder.
    Raises `EncoderError` for a file that is missing, differs, or is not listed, and for a list
    that is missing or cannot be understood.
    """
    try:
        listed = _read_list(folder / LIST)
        present = {path.relative_to(folder).as_posix(): path for path in decisive_files(folder)}
        for name in sorted(listed.keys() | present.keys()):
            _compare(folder / name, listed.get(name), present.get(name))
    except OSError as fault:
        raise _refusal("a file cannot be read", folder, got=cause(fault)) from fault
    return identity_of(listed)


def write_checksums(folder: Path) -> None:
    """Write the folder's `SHA256SUMS`, over the files that decide vectors."""
    lines = [
        f"{file_sha256(path)}  {path.relative_to(folder).as_posix()}\n"
        for path in decisive_files(folder)
    ]
    (folder / LIST).write_text("".join(lines), encoding="utf-8", newline="\n")


def _read_list(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise _refusal("the list of checksums is missing", path) from None
    except UnicodeDecodeError as fault:
        raise _refusal("the list of checksums is not text", path, got=cause(fault)) from fault
    listed: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        entry = LINE.fullmatch(line)
        if entry is None or entry[2] in listed:
            raise _refusal(
                "the list of checksums cannot be understood",
                f"{path}, line {number}",
                got=shown(line),
                allowed="64 hexadecimal digits, two spaces and the name of a file, once each",
            )
        listed[entry[2]] = entry[1]
    if not listed:
        raise _refusal("the list of checksums is empty", path)
    return listed


def _compare(path: Path, expected: str | None, present: Path | None) -> None:
    if present is None:
        raise _refusal("the file is missing", path)
    if expected is None:
        # transformers reads whatever files it knows by name, and they would change vectors.
        raise _refusal(f"the file is not listed in {LIST}", path, mend=f"remove it, or {MEND}")
    if (found := file_sha256(present)) == expected:
        return
    with present.open("rb") as stream:
        if stream.read(len(LFS_POINTER)) == LFS_POINTER:
            raise _refusal(
                "the file is a pointer of git-lfs, not what it points to",
                path,
                mend="fetch it with `git lfs pull`",
            )
    raise _refusal(
        "the file is damaged, cut short, or of another version",
        path,
        got=f"{present.stat().st_size:,} bytes of SHA-256 {found}",
        allowed=f"SHA-256 {expected}, as {LIST} says",
    )


def _refusal(
    what: str,
    where: Path | str,
    *,
    got: str | None = None,
    allowed: str | None = None,
    mend: str = MEND,
) -> EncoderError:
    return EncoderError(
        what, where=f"builtin encoder, {where}", got=got, allowed=allowed, mend=mend
    )
