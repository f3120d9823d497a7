"""Reading the tables of words that lie beside the modules as YAML."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML


def read_table(name: str) -> Any:
    """Return the content of a YAML file of this package; keys written twice are refused."""
    text = (files(__package__) / name).read_text(encoding="utf-8")
    return YAML(typ="safe", pure=True).load(text)
