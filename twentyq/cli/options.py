"""Options that several commands take, written once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Mode(StrEnum):
    """How pictures are classified."""

    adaptive = "adaptive"
    full = "full"
    names = "names"


class Trace(StrEnum):
    """How much of the game is kept."""

    none = "none"
    brief = "brief"
    full = "full"


class Scale(StrEnum):
    """What similarities are multiplied by before the softmax."""

    encoder = "encoder"
    article = "article"


class TableFormat(StrEnum):
    """How figures and findings are printed."""

    table = "table"
    json = "json"


class Crop(StrEnum):
    """How pictures are cut before they are embedded."""

    none = "none"
    card_art = "card-art"


SystemArgument = Annotated[str, typer.Argument(metavar="NAME|FILE", help="A system.")]
LabelledPictures = Annotated[
    str,
    typer.Argument(
        metavar="PICTURES",
        help="A folder with a folder per class, a .csv of path and label, an .npz or .parquet "
        "of embeddings, or datasets:NAME_OR_FOLDER[:SPLIT].",
    ),
]
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
ModeName = Annotated[
    Mode,
    typer.Option(
        envvar="TWENTYQ_MODE",
        help="adaptive asks as much as it needs; full asks everything (the article's "
        "reference); names compares with class names.",
    ),
]
PolicyName = Annotated[
    str | None,
    typer.Option(
        envvar="TWENTYQ_POLICY",
        metavar="NAME",
        help="What to ask next: gain, gain-per-prompt, gini, gini-per-prompt, static, "
        "static:GROUP,GROUP,... or random:SEED.",
        show_default="gain",
    ),
]
StopText = Annotated[
    str | None,
    typer.Option(
        envvar="TWENTYQ_STOP",
        metavar="RULE",
        help="When to stop: confidence:P, margin:P, questions:N, certain, none, or agrees:P "
        "(with a calibration); joined by | and &.",
        show_default="confidence:0.9",
    ),
]
Budget = Annotated[int | None, typer.Option(min=1, help="The most prompts to spend on a picture.")]
DecideName = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="score, posterior, or calibrated (with a calibration).",
        show_default="score",
    ),
]
Reject = Annotated[
    float | None,
    typer.Option(min=0, max=1, help="Give no label where its posterior is below this."),
]
Top = Annotated[int, typer.Option(min=1, help="How many labels to rank.")]
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
TableFormatName = Annotated[TableFormat, typer.Option("--format", help="table or json.")]
Force = Annotated[bool, typer.Option("--force", help="Replace --out where it exists.")]
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

LanguageModelName = Annotated[
    str,
    typer.Option(
        metavar="PROVIDER/MODEL",
        envvar="TWENTYQ_LLM",
        help="The language model, as DSPy names it, such as openai/gpt-4o-mini or "
        "ollama_chat/llama3.2; its key comes from the environment.",
    ),
]
LanguageModelBase = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        envvar="TWENTYQ_LLM_BASE",
        help="A server that speaks OpenAI's protocol, such as http://localhost:8000/v1.",
    ),
]
MaxCalls = Annotated[
    int, typer.Option(min=1, help="End after so many calls, those that failed included.")
]
ReplyTimeout = Annotated[
    float, typer.Option(min=0.1, metavar="SECONDS", help="Wait so long for a reply.")
]
ReplyCache = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Keep replies here; the user's cache folder by default.",
        show_default=False,
    ),
]
NoReplyCache = Annotated[bool, typer.Option("--no-cache", help="Neither use nor keep replies.")]


def chosen_crop(crop: Crop | None, systems_own: str | None) -> str | None:
    """Return how pictures are cut: as the option says, or else `systems_own`."""
    if crop is None:
        return systems_own
    return None if crop is Crop.none else crop.value


def chosen_scale(scale: Scale, encoders_own: float) -> float:
    """Return what similarities are multiplied by: `encoders_own`, or the article's 1."""
    return encoders_own if scale is Scale.encoder else 1.0
