"""docs/run.md names the columns and files that are written, and no others."""

import re
from dataclasses import replace
from pathlib import Path

import pyarrow.dataset as ds

PAGE = Path(__file__).resolve().parents[2] / "docs" / "run.md"


def documented(section):
    text = re.split(rf"^##+ {section}\n", PAGE.read_text(encoding="utf-8"), flags=re.M)[1]
    table = re.split(r"^##", text, flags=re.M)[0]
    return re.findall(r"^\| `([^`]+)` \|", table, re.M)


def test_the_columns_and_files_are_those_that_are_written(world):
    world.settings = replace(world.settings, trace="brief")
    folder = world.open()
    world.make(folder)
    for kind in ("results", "failures"):
        assert documented(kind) == ds.dataset(folder.path / kind).schema.names
    named = {name.split("/")[0] for name in documented("What is written")}
    assert named == {path.name for path in folder.path.iterdir()}
