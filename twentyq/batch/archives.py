"""Pictures in tar archives, as webdataset writes them: found once, then read where they lie."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

from twentyq.encoder.faults import cause
from twentyq.encoder.finding import SUFFIXES
from twentyq.encoder.pictures import MAX_BYTES
from twentyq.errors import PictureError

ARCHIVE = ".tar"


class TornArchiveError(Exception):
    """An archive does not go on, or does not end, as archives do."""


def pictures_in_archive(path: Path) -> Iterator[tuple[str, int, int]]:
    """Yield name, offset and size of the picture of each sample, in the archive's order.

    Members that follow each other and are alike up to the first dot of their file name are one
    sample, and its picture is the first member that ends like one. Samples without are passed over.
    Raises TornArchiveError where the archive ends too soon, after all that stands before.
    """
    last = None
    try:
        # Uncompressed alone: members of others cannot be read where they lie.
        with tarfile.open(path, "r:") as archive:
            while (member := archive.next()) is not None:
                archive.members = []  # type: ignore[attr-defined]  # else all are kept; not in typeshed
                if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
                    continue
                folder, slash, file = member.name.rpartition("/")
                stem, dot, ending = file.partition(".")
                sample = folder + slash + stem
                if stem and sample != last and (dot + ending).lower() in SUFFIXES:
                    last = sample
                    yield member.name, member.offset_data, member.size
            _require_end(path, archive.offset)
    except (tarfile.TarError, OSError) as fault:
        raise TornArchiveError(cause(fault)) from fault


def read_member(path: Path, offset: int, size: int, name: str) -> bytes:
    """Return the bytes of one member; raises PictureError where they are not there.

    Of one that is too large for a picture no more is read than shows it.
    """
    wanted = min(size, MAX_BYTES + 1)
    try:
        with path.open("rb") as stream:
            stream.seek(offset)
            content = stream.read(wanted)
    except OSError as fault:
        raise PictureError(
            "the archive cannot be read",
            where=name,
            got=fault.strerror,
            mend="check the path and the permissions",
        ) from None
    if len(content) < wanted:
        raise PictureError(
            "the archive ends within this picture",
            where=name,
            got=f"{len(content)} bytes of {size}",
            mend="fetch the archive again",
        )
    return content


def _require_end(path: Path, offset: int) -> None:
    """Raise where no empty block ends the archive: tarfile takes a damaged header for the end."""
    with path.open("rb") as stream:
        stream.seek(offset)
        block = stream.read(tarfile.BLOCKSIZE)
    if not block:
        raise TornArchiveError("no mark at its end")
    if block != tarfile.NUL * tarfile.BLOCKSIZE:
        raise TornArchiveError(f"no header of a member at byte {offset}")
