"""The table of everything that the training takes in: packages, checksums, licences, authors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from twentyq.training.tables import read_table


@dataclass(frozen=True)
class Source:
    """One package of a registry, at one version, with the file in it that grants its licence."""

    registry: Literal["npm", "pypi", "debian"]
    name: str
    version: str
    archive: str  # the file name under which the registry's tool saves it
    sha256: str
    licence: str  # SPDX
    licence_file: str  # path inside the package
    licence_sha256: str
    attribution: str
    holds: Literal["emoji", "icons", "clip art", "names", "image weights", "text weights"]
    used_for: Literal["training", "test"]

    @property
    def style(self) -> str:
        """The short name by which the icon banks call this set's style."""
        return self.name.removeprefix("@iconify-json/")

    @property
    def optional(self) -> bool:
        """Whether a training can do without: only Debian systems have Debian's tool."""
        return self.registry == "debian"

    def __str__(self) -> str:
        return f"{self.registry} package {self.name} {self.version}"


SOURCES = tuple(Source(**row) for row in read_table("sources.yaml"))


def sources_table(sources: tuple[Source, ...] = SOURCES) -> str:
    """Return the table for model card and NOTICE, in Markdown."""
    lines = ["| source | version | licence | by | used for |", "|---|---|---|---|---|"]
    lines += [
        f"| {one.registry} `{one.name}` | {one.version} | {one.licence} | {one.attribution} "
        f"| {_use(one)} |"
        for one in sources
    ]
    return "\n".join(lines) + "\n"


def _use(one: Source) -> str:
    if one.holds in ("emoji", "icons", "clip art"):
        return f"{one.holds}, {one.used_for}"
    return one.holds
