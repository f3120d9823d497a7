"""What a training really used of its sources, as the step that renders them recorded it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from twentyq.errors import TrainingError, shown
from twentyq.training.sources import SOURCES, Source


@dataclass(frozen=True)
class Record:
    """The sources used, with the number of drawings kept of each, and those left out."""

    pictures: dict[Source, int]
    left_out: tuple[Source, ...]


def read_record(work: Path) -> Record:
    """Return what `work/icons/sources.json` holds.

    Raises TrainingError where it names a package or version that isn't in the table of sources.
    """
    path = work / "icons" / "sources.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    table = {(one.name, one.version): one for one in SOURCES}

    def listed(name: str, version: str) -> Source:
        if (name, version) not in table:
            raise TrainingError(
                "a package was used that is not in the table of sources",
                where=str(path),
                got=shown(f"{name} {version}"),
                allowed="the packages and versions of twentyq/training/sources.yaml",
                mend="run `python -m twentyq.training`, which renders and records what has changed",
            )
        return table[name, version]

    return Record(
        pictures={listed(one["name"], one["version"]): one["pictures"] for one in content["used"]},
        left_out=tuple(listed(one["name"], one["version"]) for one in content["left_out"]),
    )
