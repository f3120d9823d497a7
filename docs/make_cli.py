"""Writes docs/cli.md from the command line's own help: `python docs/make_cli.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

from twentyq.cli import app

PAGE = Path(__file__).with_name("cli.md")


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of every command."""
    yield path
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*path, name))


def page() -> str:
    """Return the page: the help of every command, as a terminal of 80 columns shows it."""
    parts = [
        "# The command line\n\nWritten by `python docs/make_cli.py`; a test holds it to `--help`.\n"
    ]
    for command in commands(typer.main.get_command(app)):
        ran = CliRunner().invoke(
            app, [*command, "--help"], prog_name="twentyq", env={"COLUMNS": "80"}
        )
        told = "\n".join(line.rstrip() for line in ran.output.strip().splitlines())
        parts.append(f"## {' '.join(('twentyq', *command))}\n\n```text\n{told}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
