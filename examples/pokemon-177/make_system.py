"""Make `systems/pokemon-177.yaml` from PokéAPI's attributes and the wordings beside this script.

Run as `python examples/pokemon-177/make_system.py attributes.csv systems/pokemon-177.yaml`.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ruamel.yaml import YAML

from twentyq.errors import SystemFileError, TwentyqError, shown
from twentyq.system import AttributeGroup, Rule, System, dump_system, parse_system
from twentyq.system.files import read_text

HERE = Path(__file__).parent
HEAD = """\
# Made by examples/pokemon-177/make_system.py; change the wordings there, and make it again. Two
# types of one species are each as likely; a habitat that the table does not know is left out.
#
# Which species has which attribute is from PokéAPI, under this licence:
#
"""
WHY = (
    "colour, shape, habitat and types are all that the table holds, and these species agree in them"
)


def make_system(table: Path) -> System:
    """Return the system of a table; raises `SystemFileError` for one that does not fit."""
    wordings = YAML(typ="safe").load(HERE / "wordings.yaml")["groups"]
    words = {column: wording["options"] for column, wording in wordings.items()}
    rules: dict[str, Mapping[str, Rule]] = {}
    for line, row in _rows(table, ["species", *words]):
        if row["species"] in rules:
            raise SystemFileError(
                "a species stands twice",
                where=f"{table}, line {line}",
                got=shown(row["species"]),
                mend="take one of the two lines out",
            )
        rules[row["species"]] = {
            column: _rule(row[column], words[column], f"{table}, line {line}, {column}")
            for column in words
            if row[column]
        }
    system = System(
        name="pokemon-177",
        about="Pokémon artwork, 177 species by colour, shape, habitat and types",
        source="attributes from PokéAPI, https://pokeapi.co; wordings written for twentyq",
        license="attributes BSD-3-Clause, its text at the head of this file; wordings CC0-1.0",
        names_prompt="a picture of the Pokémon {}",
        groups=tuple(
            AttributeGroup(column, wording["prompt"], tuple(wording["options"].values()))
            for column, wording in wordings.items()
        ),
        classes=tuple(rules),
        rules=rules,
    )
    return replace(system, accepts={"tie": system.tie_sets, "why": WHY})


def _rows(table: Path, columns: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield line number and values of each species."""
    rows = csv.DictReader(read_text(table).splitlines(), restval="")
    if missing := [column for column in columns if column not in (rows.fieldnames or ())]:
        raise SystemFileError(
            f"the table has no column {missing[0]}",
            where=f"{table}, line 1",
            got=shown(",".join(rows.fieldnames or ())),
            allowed=",".join(columns),
            mend="write the names of the columns on the first line",
        )
    for row in rows:
        yield rows.line_num, row


def _rule(cell: str, words: Mapping[str, str], where: str) -> Rule:
    """Return the distribution over the wordings of a cell's values, each as likely."""
    values = set(cell.split("|"))
    if unknown := sorted(values - words.keys()):
        raise SystemFileError(
            "this value has no wording",
            where=where,
            got=shown(unknown[0]),
            allowed=", ".join(words),
            mend="give it one in wordings.yaml, or correct the table",
        )
    return {wording: 1 / len(values) for value, wording in words.items() if value in values}


def main() -> None:
    """Read the table, and write the system only when all of it is made."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path, help="attributes.csv")
    parser.add_argument("system", type=Path, help="the YAML file to write")
    given = parser.parse_args()
    licence = (HERE / "LICENSE-PokeAPI.txt").read_text(encoding="utf-8").splitlines()
    try:
        text = HEAD + "".join(f"# {line}".rstrip() + "\n" for line in licence)
        text += "\n" + dump_system(make_system(given.table))
        parse_system(text, str(given.system))
    except TwentyqError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
    given.system.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
