"""Where pictures come from: a folder, a CSV file of paths, or tar archives."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple

from twentyq.batch.archives import ARCHIVE, TornArchiveError, pictures_in_archive, read_member
from twentyq.encoder.finding import SUFFIXES, is_picture, walk
from twentyq.errors import PictureError, UsageError


class Entry(NamedTuple):
    """One picture of a source: its name within it and, in an archive, where it lies.

    `archive` is the archive's number. `fault` says what is wrong with an archive, which stands in
    the place of the pictures that it may have lost.
    """

    name: bytes
    archive: int | None = None
    offset: int | None = None
    size: int | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class FolderSource:
    """The pictures in a folder and below, in order of their paths within it."""

    path: Path
    kind: ClassVar[str] = "folder"
    files: ClassVar[tuple[Path, ...]] = ()

    def entries(self) -> Iterator[Entry]:
        """Yield the pictures; raises UsageError for an archive among them."""
        for name in walk(self.path, is_material):
            if not is_picture(name):
                raise _mixed(self.path, name)
            yield Entry(os.fsencode(name))

    def picture(self, entry: Entry) -> Path:
        """Return where the picture lies."""
        return self.path / os.fsdecode(entry.name)


@dataclass(frozen=True, slots=True)
class TableSource:
    """The pictures that the column `path` of a CSV file names, in its order.

    Paths are relative to the file's own folder.
    """

    path: Path
    kind: ClassVar[str] = "csv"

    @property
    def files(self) -> tuple[Path, ...]:
        """The table."""
        return (self.path,)

    def entries(self) -> Iterator[Entry]:
        """Yield the pictures; raises UsageError for a table that is not so."""
        where, line = str(self.path), 1
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as stream:
                rows = csv.DictReader(stream)
                if "path" not in (rows.fieldnames or ()):
                    raise UsageError(
                        "the file of pictures lacks a column",
                        where=f"{where}, line 1",
                        got=",".join(rows.fieldnames or ()),
                        allowed="path",
                        mend="write path on the first line, then one path a line",
                    )
                for row in rows:
                    line = rows.line_num
                    if not row["path"]:
                        raise UsageError("a row lacks its path", where=f"{where}, line {line}")
                    yield Entry(os.fsencode(row["path"]))
        except OSError as fault:
            raise UsageError(
                "the file of pictures cannot be read", where=where, got=fault.strerror
            ) from None
        except (csv.Error, UnicodeError) as fault:
            raise UsageError(
                "the file of pictures is not CSV in UTF-8",
                where=f"{where}, after line {line}",
                got=str(fault),
                mend="save it as UTF-8, and look for a quote that is never closed",
            ) from None

    def picture(self, entry: Entry) -> Path:
        """Return where the picture lies."""
        return self.path.parent / os.fsdecode(entry.name)


@dataclass(frozen=True, slots=True)
class ArchiveSource:
    """The pictures in tar archives; `names` are theirs within `path`, or none for `path` itself."""

    path: Path
    names: tuple[str, ...] = ()
    kind: ClassVar[str] = "tar"

    @property
    def files(self) -> tuple[Path, ...]:
        """The archives."""
        return tuple(self.path / name for name in self.names) or (self.path,)

    def entries(self) -> Iterator[Entry]:
        """Yield the pictures, and each archive that is torn after what is left of it."""
        for number, path in enumerate(self.files):
            name = self.names[number] if self.names else path.name
            try:
                for member, offset, size in pictures_in_archive(path):
                    yield Entry(os.fsencode(f"{name}/{member}"), number, offset, size)
            except TornArchiveError as torn:
                yield Entry(os.fsencode(name), number, fault=str(torn))

    def picture(self, entry: Entry) -> bytes:
        """Return the picture's bytes; raises PictureError."""
        name = readable(entry.name)
        if entry.archive is None or entry.offset is None or entry.size is None:
            raise PictureError(
                "the archive is torn, and what it has lost is not known",
                where=name,
                got=entry.fault,
                mend="fetch the archive again",
            )
        return read_member(self.files[entry.archive], entry.offset, entry.size, name)


PictureSource = FolderSource | TableSource | ArchiveSource
"""Pictures that are listed once; small, and fit to be sent to another process.

`files` are those by whose size and time the source is known again.
"""


def is_archive(name: str) -> bool:
    """Tell whether a file is named like a tar archive."""
    return name.lower().endswith(ARCHIVE)


def is_material(name: str) -> bool:
    """Tell whether a file is named like a picture or an archive."""
    return is_picture(name) or is_archive(name)


def open_folder(path: Path) -> PictureSource:
    """Return the source that a folder is: of pictures, or of archives.

    Raises UsageError where it holds neither, or archives and pictures.
    """
    first = next(walk(path, is_material), None)
    if first is None:
        raise UsageError(
            "the folder has no pictures",
            where=str(path),
            allowed=f"files that end in {', '.join([*sorted(SUFFIXES), ARCHIVE])}",
            mend="name the folder that holds them",
        )
    if is_picture(first):
        return FolderSource(path)
    names = tuple(walk(path, is_material))
    for name in names:
        if not is_archive(name):
            raise _mixed(path, name)
    return ArchiveSource(path, names)


def readable(name: bytes) -> str:
    """Return a name that UTF-8 can hold: those of files may contain bytes that are not text."""
    return name.decode("utf-8", "backslashreplace")


def _mixed(path: Path, name: str) -> UsageError:
    return UsageError(
        "the folder holds pictures and tar archives",
        where=str(path),
        got=f"{name} among others",
        allowed="pictures, or archives of pictures",
        mend="run over each of them by itself, or write a CSV file of the paths",
    )
