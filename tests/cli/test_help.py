"""Every command and option is documented, and docs/cli.md says what --help says."""

import re
from pathlib import Path

import pytest
import typer

from twentyq.cli import app

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"


def commands(command, path=("twentyq",)):
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*path, name))


COMMANDS = dict(commands(typer.main.get_command(app)))


def section(path):
    """Return a command's part of the page in words, however the help was folded into lines."""
    parts = re.split(r"^## (.*)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert " ".join(path) in sections, "run `python docs/make_cli.py`"
    return words(sections[" ".join(path)])


def words(text):
    # A long word may be folded behind its hyphen.
    return re.sub(r"\s+", " ", text).replace("- ", "-")


@pytest.mark.parametrize("path", list(COMMANDS), ids=" ".join)
def test_the_page_says_what_help_says(path):
    page, command = section(path), COMMANDS[path]
    told = [command.help.split("\n\n")[0]]
    for parameter in command.params:
        assert parameter.help, f"{parameter.name} has no word of help"
        told += [parameter.help, *(o for o in parameter.opts if o.startswith("--"))]
    for text in told:
        assert words(text) in page, f"{text!r} is not on the page: run `python docs/make_cli.py`"


def test_the_page_has_no_command_that_is_gone():
    titles = re.findall(r"^## (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert titles == [" ".join(path) for path in COMMANDS]
