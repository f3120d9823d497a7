"""Make `birds.yaml` from CUB-200-2011's attributes and the wordings beside this script.

Run as `python examples/birds/make_system.py attributes.json birds.yaml`.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError
from ruamel.yaml import YAML

from twentyq.errors import SystemFileError, TwentyqError, shown
from twentyq.system import AttributeGroup, Rule, System, dump_system, parse_system
from twentyq.system.files import read_text

WORDINGS = Path(__file__).with_name("wordings.yaml")
DECIMALS = 4

Percent = Annotated[float, Field(ge=0, le=100.5, allow_inf_nan=False)]


class Shares(BaseModel):
    """The share of annotators, in percent, who chose each option of one group for one class."""

    pct: dict[str, Percent]


class Table(BaseModel):
    """What is read of `attributes.json`: each group's options, each class's shares by group."""

    groups: dict[str, list[str]]
    classes: dict[str, dict[str, Shares]]


def make_system(path: Path) -> System:
    """Return the system of a table; raises `SystemFileError` for one that does not fit."""
    try:
        table = Table.model_validate_json(read_text(path))
    except ValidationError as error:
        fault = error.errors()[0]
        raise SystemFileError(
            "this is not the table of attributes",
            where=", ".join([str(path), *map(str, fault["loc"])]),
            got=shown(fault["input"]),
            allowed='{"groups": {group: [option, ...]}, '
            '"classes": {class: {group: {"pct": {option: percent}}}}}',
            mend=fault["msg"],
        ) from None
    wordings = YAML(typ="safe").load(WORDINGS)["groups"]
    words = {
        group: _words(group, options, wordings, path) for group, options in table.groups.items()
    }
    return System(
        name="birds",
        about=f"birds of CUB-200-2011 by {len(words)} attributes",
        source="percentages of CUB-200-2011's annotators; wordings written for twentyq",
        license="percentages for non-commercial research, as CUB-200-2011; wordings CC0-1.0",
        names_prompt="a photo of a {}, a kind of bird",
        groups=tuple(
            AttributeGroup(_name(group), wordings[group]["prompt"], tuple(words[group].values()))
            for group in words
        ),
        classes=tuple(map(_spoken, table.classes)),
        rules={
            _spoken(bird): {
                _name(group): rule
                for group, shares in groups.items()
                if (rule := _rule(shares.pct, words, group, f"{path}, classes, {bird}"))
            }
            for bird, groups in table.classes.items()
        },
        labels={_spoken(bird): bird for bird in table.classes if _spoken(bird) != bird},
    )


def _name(group: str) -> str:
    return group.removeprefix("has_")


def _spoken(bird: str) -> str:
    return bird.replace("_", " ")


def _words(
    group: str,
    options: list[str],
    wordings: Mapping[str, Mapping[str, Mapping[str, str]]],
    path: Path,
) -> dict[str, str]:
    """Return the wording of each option of a group, in the table's order."""
    known = wordings[group]["options"] if group in wordings else {}
    if unknown := [option for option in options if option not in known]:
        raise SystemFileError(
            "this option has no wording",
            where=f"{path}, groups, {group}",
            got=shown(unknown[0]),
            allowed=", ".join(known) or "a group of wordings.yaml: " + ", ".join(wordings),
            mend="give it one in wordings.yaml, or correct the table",
        )
    return {option: known[option] for option in options}


def _rule(
    shares: Mapping[str, float], words: Mapping[str, Mapping[str, str]], group: str, where: str
) -> Rule:
    """Return the shares as weights that sum to 1, of `DECIMALS` decimals; nothing if all are 0."""
    known = words.get(group, {})
    if unknown := [option for option in shares if option not in known]:
        raise SystemFileError(
            "a class has a share for an option that its group does not have",
            where=f"{where}, {group}",
            got=shown(unknown[0]),
            allowed=", ".join(known) or f"a group of the table: {', '.join(words)}",
            mend="correct the table: `groups` lists what there is",
        )
    total = math.fsum(shares.values())
    if not total:
        return {}
    weights = {known[option]: round(share / total, DECIMALS) for option, share in shares.items()}
    largest = max(weights, key=weights.__getitem__)
    weights[largest] = round(weights[largest] + 1 - math.fsum(weights.values()), DECIMALS)
    return {option: weights[option] for option in known.values() if weights.get(option)}


def main() -> None:
    """Read the table, and write the system only when all of it is made."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path, help="attributes.json")
    parser.add_argument("system", type=Path, help="the YAML file to write")
    given = parser.parse_args()
    try:
        text = dump_system(make_system(given.table))
        parse_system(text, str(given.system))
    except TwentyqError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
    given.system.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
