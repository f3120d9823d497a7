"""Writes docs/summary.schema.json from the models: `python docs/make_summary_schema.py`."""

from __future__ import annotations

import json
from pathlib import Path

from twentyq.study.summary import Summary

FILE = Path(__file__).with_name("summary.schema.json")


def schema() -> str:
    """Return the JSON Schema of summary.json, draft 2020-12."""
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps({"$schema": dialect, **Summary.model_json_schema()}, indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(schema(), encoding="utf-8")
