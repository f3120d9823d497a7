"""The folder of a study: the page, figures for a talk, and data files; the same bytes each time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from twentyq.errors import TwentyqError
from twentyq.study.report import plots
from twentyq.study.report.drawing import house_style, png_file, svg_file
from twentyq.study.report.page import page
from twentyq.study.report.story import Story
from twentyq.study.report.tables import curves_parquet
from twentyq.study.report.wording import stop_rules
from twentyq.study.study_folder import StudyFolder
from twentyq.study.summary import Summary

REPORT = "report.html"


def render(summary: Summary, stories: Sequence[Story], folder: Path) -> None:
    """Write the report of a study into a folder, which is made where it is missing.

    Files of an earlier report are replaced, each at once; other files stay as they are. Raises
    StoreError where the disk does not allow it.
    """
    stops = stop_rules(summary)
    with house_style():
        curves = plots.curves(summary, stops[0] if stops else "", plots.WIDE)
        files = {
            "summary.json": _json(summary),
            "curves.parquet": curves_parquet(summary),
            "curves.svg": svg_file(curves),
            "curves.png": png_file(curves),
            "command.txt": f"{summary.command}\n".encode("utf-8", "backslashreplace"),
            REPORT: page(summary, stories).encode(),
        }
    pieces = StudyFolder(folder)
    for name, content in files.items():
        pieces.write(name, content)


def _json(summary: Summary) -> bytes:
    """Return the summary as JSON; names with odd bytes are kept, as escapes."""
    try:
        text = json.dumps(summary.model_dump(), allow_nan=False, indent=2)
    except ValueError:
        raise TwentyqError(
            "a figure of the summary is not a finite number",
            where="summary.json",
            mend="a measure has no value for so few pictures; please report this",
        ) from None
    return f"{text}\n".encode()
