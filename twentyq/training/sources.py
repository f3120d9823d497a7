"""The table of everything that the training takes in: packages, checksums, licences, authors."""

from __future__ import annotations

from collections.abc import Iterable
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
    note: str | None = None  # what has to be said of the licence beside its name

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


# The Creative Commons licences ask to say what was changed.
CHANGES = (
    "All drawings were rendered to small pictures, cut out, recoloured and set on made-up "
    "backgrounds to train or to test; the drawings themselves are not in the package."
)

SOURCES = tuple(Source(**row) for row in read_table("sources.yaml"))


def sources_table(sources: Iterable[Source] = SOURCES) -> str:
    """Return the table of sources for model card and NOTICE in Markdown, its notes below it."""
    listed = tuple(sources)
    rows = (
        (f"`{one.name}`", one.registry, one.version, one.licence, one.attribution, _use(one))
        for one in listed
    )
    lines = (
        ("package", "registry", "version", "licence", "what and by whom", "used for"),
        ("---",) * 6,
        *rows,
    )
    table = "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
    notes = "".join(f"\n`{one.name}`: {one.note}\n" for one in listed if one.note)
    return f"{table}\n{CHANGES}\n{notes}"


def _use(one: Source) -> str:
    drawings = one.holds in ("emoji", "icons", "clip art")
    return f"{one.used_for}: {one.holds}" if drawings else one.holds
