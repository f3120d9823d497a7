"""What the README shows is what happens."""

import re
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from twentyq import load_system

REPOSITORY = Path(__file__).resolve().parent.parent
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
MAKER = SimpleNamespace(**runpy.run_path(str(REPOSITORY / "docs" / "make_readme.py")))
AGAIN = "run `python docs/make_readme.py`"


def without_figures(text):
    """Return the lines of a story without numbers and bars, which may differ in the last digit."""
    return [re.sub(r"[\d.]+%?|█+|\s+", " ", line).split() for line in text.strip().splitlines()]


def percentages(text):
    return [float(number) for number in re.findall(r"[\d.]+(?=%)", text)]


def test_ci_runs_the_test_command_of_the_readme():
    script = (REPOSITORY / ".ci" / "run").read_text()
    extract = re.search(r"readme_command\(\) \{\n.*?\n\}\n", script, re.DOTALL)[0]
    for marker in ("main", "test"):
        ran = subprocess.run(
            ["bash", "-c", f"{extract}\nreadme_command {marker}"],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stdout == MAKER.block(README, marker)
        assert len(ran.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    "marker",
    [
        name if name == "main" else pytest.param(name, marks=pytest.mark.slow)
        for name in MAKER.SHOWN
    ],
)
def test_what_a_command_prints_is_what_it_is_said_to_print(marker):
    printed, shown = MAKER.printed(README, marker), MAKER.block(README, f"{marker} prints")
    assert without_figures(printed) == without_figures(shown), AGAIN
    near = percentages(printed)
    for number in percentages(shown):
        assert min(abs(number - n) for n in near) <= 0.11, AGAIN


def test_the_python_example_runs():
    ran = subprocess.run(
        [sys.executable, "-c", MAKER.block(README, "python")],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = ran.stdout.splitlines()
    classes = "|".join(load_system("animals").classes)
    for line, name in zip(lines, ("fox", "owl"), strict=True):
        assert re.fullmatch(rf"examples/{name}\.png ({classes}) \d+ \(.*\)", line)


@pytest.mark.slow
@pytest.mark.parametrize("row", MAKER.figures(README), ids=lambda row: row.split(" | ")[0])
def test_the_figures_are_what_their_commands_print(row, shared):
    assert MAKER.measured(row) == row, AGAIN


PAGES = sorted(
    page for folder in (".", "docs", "examples") for page in (REPOSITORY / folder).glob("*.md")
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
