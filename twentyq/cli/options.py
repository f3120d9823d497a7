"""Options that several commands take, written once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Scale(StrEnum):
    """What similarities are multiplied by before the softmax."""

    encoder = "encoder"
    article = "article"


class Crop(StrEnum):
    """How pictures are cut before they are embedded."""

    none = "none"
    card_art = "card-art"


SystemName = Annotated[
    str,
    typer.Option(
        metavar="NAME|FILE", envvar="TWENTYQ_SYSTEM", help="A system; see twentyq system list."
    ),
]
EncoderName = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        envvar="TWENTYQ_ENCODER",
        help="builtin, a folder, a hub id, or python:package.module:factory.",
    ),
]
ScaleName = Annotated[
    Scale,
    typer.Option(
        envvar="TWENTYQ_SCALE",
        help="encoder: its own learned scale; article: 1, the published formula.",
    ),
]
ClassesFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Only these classes, one a line.")
]
CalibrationFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", envvar="TWENTYQ_CALIBRATION", help="What twentyq calibrate wrote."
    ),
]
LabelsFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="CSV with the columns folder and label: what folders' names stand for."
    ),
]
SkipUnused = Annotated[
    bool, typer.Option("--skip-unused", help="Leave out options that no class uses.")
]
CropName = Annotated[
    Crop | None, typer.Option(help="Cut pictures; the system's own setting by default.")
]
Device = Annotated[
    str,
    typer.Option(metavar="NAME", envvar="TWENTYQ_DEVICE", help="auto, cpu, cuda, cuda:1, mps."),
]
DType = Annotated[
    str,
    typer.Option(metavar="NAME", envvar="TWENTYQ_DTYPE", help="auto, float32, float16, bfloat16."),
]
Revision = Annotated[
    str | None, typer.Option(metavar="NAME", help="Branch, tag or commit of a hub encoder.")
]
TrustRemoteCode = Annotated[
    bool, typer.Option("--trust-remote-code", help="Run the code that comes with an encoder.")
]
NoStore = Annotated[
    bool, typer.Option("--no-store", help="Do not keep prompt vectors between runs.")
]


def chosen_crop(crop: Crop | None, systems_own: str | None) -> str | None:
    """Return how pictures are cut: as the option says, or else `systems_own`."""
    if crop is None:
        return systems_own
    return None if crop is Crop.none else crop.value
