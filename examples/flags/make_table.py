"""Fetch the drawings and descriptions of flags, and make `flags.csv` of them.

Run as `python examples/flags/make_table.py flags-work`; with `--pictures FOLDER`, the drawings are
also put into a folder per state, for `--truth folder`.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from colours import colours
from PIL import Image
from ruamel.yaml import YAML

from twentyq.errors import TwentyqError
from twentyq.training.fetch import obtain, unpack
from twentyq.training.sources import Source

HERE = Path(__file__).parent
DRAWING = "png250px/{}.png"


def fetched(name: str, work: Path) -> Path:
    """Return the folder of a package of `sources.yaml`, downloaded and checked."""
    source = Source(**YAML(typ="safe").load(HERE / "sources.yaml")[name])
    return unpack(source, obtain(source, work), work)


def rows(
    states: Iterable[Mapping[str, str]], drawings: Path, factbook: Path
) -> Iterator[dict[str, str]]:
    """Yield each state's row of the table: its name, its flag's colours and description."""
    entries = {path.stem: path for path in factbook.glob("*/*.json")}
    for state in states:
        with Image.open(drawings / DRAWING.format(state["drawing"])) as picture:
            measured = colours(picture)
        government = json.loads(entries[state["description"]].read_text("utf-8"))["Government"]
        yield {
            "state": state["state"],
            **{
                region: "|".join(f"{colour} {percent}" for colour, percent in parts.items())
                for region, parts in measured.items()
            },
            "description": government.get("Flag description", {}).get("text", ""),
        }


def copy_pictures(states: Iterable[Mapping[str, str]], drawings: Path, folder: Path) -> None:
    """Copy each state's drawing into a folder of its name."""
    for state in states:
        drawing = drawings / DRAWING.format(state["drawing"])
        place = folder / state["state"]
        place.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(drawing, place / drawing.name)


def main() -> None:
    """Fetch both packages, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path, help="folder for the downloads")
    parser.add_argument("--pictures", type=Path, help="folder to put the drawings into")
    given = parser.parse_args()
    states = list(csv.DictReader((HERE / "states.csv").read_text("utf-8").splitlines()))
    try:
        drawings, factbook = (fetched(name, given.work) for name in ("drawings", "descriptions"))
    except TwentyqError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
    table = list(rows(states, drawings, factbook))
    with (HERE / "flags.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, table[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    if given.pictures:
        copy_pictures(states, drawings, given.pictures)


if __name__ == "__main__":
    main()
