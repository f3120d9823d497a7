"""Writes into README.md what its commands print: `python docs/make_readme.py`.

The table of figures is measured on pictures in ../shared, and kept as it is where they are absent.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

REPOSITORY = Path(__file__).resolve().parent.parent
PAGE = REPOSITORY / "README.md"
CARDS = REPOSITORY.parent / "shared" / "data" / "pokemon-cards"
SHOWN = ("main", "all")  # what the command in a block so marked prints is in "... prints"


def block(page: str, marker: str) -> str:
    """Return what stands in the fenced block under a marker comment."""
    return _find(page, marker)[1]


def filled(page: str, marker: str, content: str) -> str:
    """Return the page with other content in the fenced block under a marker comment."""
    found = _find(page, marker)
    return page[: found.start(1)] + content + page[found.end(1) :]


def printed(page: str, marker: str) -> str:
    """Run the `twentyq` of a block's command as on a fresh machine, and return what it prints."""
    told = twentyq(*shlex.split(block(page, marker).split("twentyq ", maxsplit=1)[1]))
    return "\n".join(line.rstrip() for line in told.splitlines()) + "\n"


def figures(page: str) -> list[str]:
    """Return the rows of the table of figures."""
    return page.split("<!-- figures -->\n")[1].split("\n\n")[0].splitlines()[2:]


def measured(row: str) -> str:
    """Return a row of the table of figures, its options as they are and the rest measured anew."""
    options = row.strip("| ").split(" | ")[0]
    flags = re.findall(r"`(--[^`]*)`", options)[0].split()
    compared = "full" not in flags
    told = twentyq(
        "classify", str(CARDS), "--system", "pokemon", "--truth", "folder",
        "--labels", "examples/pokemon-cards-labels.csv", "--format", "json", "--trace", "none",
        *flags, *["--agreement"] * compared,
    )  # fmt: skip
    summary = json.loads(told)["summary"]
    accuracy = summary["accuracy"]
    cells = [
        options,
        f"{accuracy['share']:.1%}",
        f"{accuracy['low']:.1%} to {accuracy['high']:.1%}",
        f"{summary['prompts_spent'] / summary['pictures']:.1f}",
        f"{summary['stopped_early']}",
        f"{summary['agreement']['share']:.1%} " if compared else "",
    ]
    return f"| {' | '.join(cells)}|"


def twentyq(*arguments: str) -> str:
    """Run the command line with a new cache and none of the user's settings."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("TWENTYQ_")}
    with TemporaryDirectory() as cache:
        return subprocess.run(
            [sys.executable, "-m", "twentyq", *arguments],
            cwd=REPOSITORY,
            env={**plain, "TWENTYQ_CACHE": cache},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout


def _find(page: str, marker: str) -> re.Match[str]:
    found = re.search(rf"<!-- {marker} -->\n```\w+\n(.*?)```\n", page, re.DOTALL)
    if found is None:
        raise LookupError(f"the README has no block marked {marker}")
    return found


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    for marker in SHOWN:
        text = filled(text, f"{marker} prints", printed(text, marker))
    for row in figures(text) if CARDS.is_dir() else []:
        text = text.replace(row, measured(row))
    PAGE.write_text(text, encoding="utf-8")
