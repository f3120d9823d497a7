"""Copying pictures into a folder per label, without ever replacing a file."""

from __future__ import annotations

import filecmp
import re
import shutil
from pathlib import Path

from twentyq.errors import StoreError

NO_LABEL = "%no-label"
"""Where rejected pictures go; no label has this folder, for `%` is escaped in labels."""

UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|%]|^[. ]|[. ]$')


def folder_of(label: str | None) -> str:
    """Return the folder name of a label, different for different labels."""
    if label is None:
        return NO_LABEL
    return UNSAFE.sub(lambda found: "".join(f"%{b:02X}" for b in found[0].encode()), label)


def copy_into(picture: Path, label: str | None, root: Path) -> Path:
    """Copy a picture to `root`/label/, and return where it is now.

    A file of the same name and content counts as the copy; one of other content keeps its name,
    and the copy gets a number. Raises StoreError where the disk does not allow it.
    """
    number = 1
    try:
        folder = root / folder_of(label)
        folder.mkdir(parents=True, exist_ok=True)
        while True:
            suffix = "" if number == 1 else f"-{number}"
            target = folder / f"{picture.stem}{suffix}{picture.suffix}"
            try:
                _copy_new(picture, target)
            except FileExistsError:
                if target.is_file() and filecmp.cmp(picture, target, shallow=False):
                    return target
                number += 1
            else:
                return target
    except OSError as fault:
        raise StoreError(
            "the picture cannot be copied",
            where=f"--sort-into {root}",
            got=f"{picture}: {fault.strerror}",
            mend="make room or check the permissions; nothing that was there has changed",
        ) from None


def _copy_new(picture: Path, target: Path) -> None:
    with picture.open("rb") as source, target.open("xb") as copy:
        try:
            shutil.copyfileobj(source, copy)
        except BaseException:
            # A torn copy would look like a picture.
            target.unlink()
            raise
    shutil.copystat(picture, target)
