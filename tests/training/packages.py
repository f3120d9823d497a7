"""Tiny packages in the formats of the registries, made of what a test says."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zipfile
from pathlib import Path

from twentyq.training.sources import Source

LICENCE = "free for all"
ROUND = '<circle cx="8" cy="8" r="7" fill="#d02020"/>'
TALL = '<rect x="6" y="1" width="4" height="14" fill="currentColor"/>'


def source(archive: Path, licence: str = LICENCE, **fields: str) -> Source:
    """Describe an archive that lies there, or one that is still to come."""
    known = archive.read_bytes() if archive.is_file() else b""
    kept = {
        "registry": "npm",
        "name": archive.stem,
        "version": "1.0",
        "licence": "MIT",
        "licence_file": "LICENSE",
        "attribution": "somebody",
        "holds": "emoji",
        "used_for": "training",
        **fields,
    }
    return Source(
        archive=archive.name,
        sha256=hashlib.sha256(known).hexdigest(),
        licence_sha256=hashlib.sha256(licence.encode()).hexdigest(),
        **kept,
    )


def npm_archive(path: Path, files: dict[str, str]) -> Path:
    """Write what `npm pack` writes: a tar file of one folder, `package`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_tar({f"package/{name}": text for name, text in files.items()}, "gz"))
    return path


def wheel(path: Path, files: dict[str, str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def deb(path: Path, files: dict[str, str]) -> Path:
    """Write a Debian package: an `ar` archive whose first member has an odd length."""
    members = {
        "debian-binary": b"2.0\n?",
        "control.tar.xz": _tar({"control": "Package: x\n"}, "xz"),
        "data.tar.xz": _tar({f"./{name}": text for name, text in files.items()}, "xz"),
    }
    content = b"!<arch>\n"
    for name, data in members.items():
        content += f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n".encode()
        content += data + b"\n" * (len(data) % 2)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def icon_set(icons: dict[str, object], characters: dict[str, str] | None = None) -> dict[str, str]:
    """Return the files of a set in Iconify's format; an icon is its body, or all of its entry."""
    entries = {
        name: {"body": icon} if isinstance(icon, str) else icon for name, icon in icons.items()
    }
    return {
        "LICENSE": LICENCE,
        "icons.json": json.dumps({"icons": entries, "width": 16, "height": 16}),
        "chars.json": json.dumps(characters or {}),
    }


def emoji_names() -> tuple[dict[str, str], dict[str, str]]:
    """Return the files of the two packages that name emoji, with six of them."""
    rows = [
        ("🦫", "Beaver", "animals-nature", "animal-mammal", ["dam"]),
        ("🪿", "Goose", "animals-nature", "animal-bird", ["bird", "duck"]),
        ("🦊", "Fox", "animals-nature", "animal-mammal", ["animal"]),
        ("☁️", "Cloud", "travel-places", "sky-weather", ["weather"]),
        ("👨‍🌾", "Man farmer", "people-body", "person-role", ["farmer"]),
        ("🔺", "Red triangle pointed up", "symbols", "geometric", ["red"]),
        ("➡️", "Right arrow", "symbols", "arrow", ["arrow"]),
        ("🇫🇷", "Flag France", "flags", "country-flag", ["FR"]),
    ]
    groups = list(dict.fromkeys(row[2] for row in rows))
    subgroups = list(dict.fromkeys(row[3] for row in rows))
    named = {character: {"name": name} for character, name, *_ in rows}
    data = [
        {
            "hexcode": "-".join(f"{ord(one):04X}" for one in character),
            "group": groups.index(group),
            "subgroup": subgroups.index(subgroup),
            "tags": tags,
        }
        for character, _, group, subgroup, tags in rows
    ]
    keys = {
        "groups": {str(number): key for number, key in enumerate(groups)},
        "subgroups": {str(number): key for number, key in enumerate(subgroups)},
    }
    emojibase = {
        "LICENSE": LICENCE,
        "en/data.json": json.dumps(data),
        "meta/groups.json": json.dumps(keys),
        "en/shortcodes/some.json": json.dumps({"1F9AB": ["dam_builder", "castor"], "2601": "fog"}),
    }
    return {"LICENSE": LICENCE, "data-by-emoji.json": json.dumps(named)}, emojibase


def write_files(folder: Path, files: dict[str, str]) -> Path:
    """Write files as they lie once their package is unpacked."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def _tar(files: dict[str, str], compression: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=f"w:{compression}") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()
