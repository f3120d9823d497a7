"""docs/study.md and docs/summary.schema.json say what the models say."""

import re

import pytest
from pydantic import BaseModel

from docs import make_summary_schema
from twentyq.study import summary
from twentyq.study.report.tables import SCHEMA

PAGE = make_summary_schema.FILE.with_name("study.md").read_text(encoding="utf-8")
MODELS = [
    value
    for name, value in vars(summary).items()
    if isinstance(value, type)
    and issubclass(value, BaseModel)
    and value.__module__ == summary.__name__
    and not name.startswith("_")
]


def documented(heading: str) -> set[str]:
    text = re.split(r"\n#", PAGE.split(f"\n{heading}\n")[1])[0]
    cells = re.findall(r"^\| (`[^|]*) \|", text, re.MULTILINE)
    return {key for cell in cells for key in re.findall(r"`(\w+)`", cell)}


@pytest.mark.parametrize("model", MODELS)
def test_every_key_is_explained_and_no_other(model: type[BaseModel]):
    assert documented(f"### {model.__name__}") == set(model.model_fields)


def test_every_column_of_the_curves_is_explained():
    assert documented("## curves.parquet") == set(SCHEMA.names)


def test_the_schema_is_current():
    written = make_summary_schema.FILE.read_text(encoding="utf-8")
    assert written == make_summary_schema.schema(), "run: python docs/make_summary_schema.py"
