"""What the README shows is what happens."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def block(marker):
    """Return the fenced block under a marker comment."""
    found = re.search(rf"<!-- {marker} -->\n```\w+\n(.*?)```\n", README, re.DOTALL)
    assert found, f"the README has no block marked {marker}"
    return found[1]


def figures():
    """Return the rows of the table of figures: options, and the cells behind them."""
    table = README.split("<!-- figures -->\n")[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table]


def run(encoder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "twentyq", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "TWENTYQ_BUILTIN": str(encoder)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def without_figures(text):
    """Return the lines of a story without numbers and bars, which may differ in the last digit."""
    return [re.sub(r"[\d.]+%?|█+|\s+", " ", line).split() for line in text.strip().splitlines()]


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
        assert ran.stdout == block(marker)
        assert len(ran.stdout.splitlines()) == 1


def test_the_transcript_is_what_the_main_command_prints(prototype):
    command = block("main").strip().split(".venv/bin/twentyq ")[1]
    printed = run(prototype, *shlex.split(command))
    shown = block("transcript")
    assert without_figures(printed) == without_figures(shown)
    for number in re.findall(r"[\d.]+(?=%)", shown):
        near = [float(n) for n in re.findall(r"[\d.]+(?=%)", printed)]
        assert min(abs(float(number) - n) for n in near) <= 0.11


def test_the_python_example_runs(prototype):
    ran = subprocess.run(
        [sys.executable, "-c", block("python")],
        cwd=REPOSITORY,
        env={**os.environ, "TWENTYQ_BUILTIN": str(prototype)},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = ran.stdout.splitlines()
    assert lines[0].startswith("examples/wolf.png Absol 20 (")
    assert lines[1].startswith("examples/frog.png Bulbasaur 12 (")


@pytest.mark.slow
@pytest.mark.parametrize("row", figures(), ids=lambda row: row[0])
def test_the_figures_are_what_their_commands_print(row, shared, prototype):
    options, accuracy, interval, prompts, early, agreement = row
    flags = re.search(r"`(--[^`]*)`", options)[1].split()
    arguments = [
        "classify", str(shared / "data" / "pokemon-cards"), "--truth", "folder", "--labels",
        "examples/pokemon-cards-labels.csv", *flags,
    ]  # fmt: skip
    if agreement:
        arguments.append("--agreement")
    told = dict(
        re.split(r"\s{2,}", line.strip(), maxsplit=1)
        for line in run(prototype, *arguments).split("\n\n")[-1].strip().splitlines()
    )
    assert told["accuracy"].startswith(f"{accuracy} (")
    assert f"95 % {interval})" in told["accuracy"]
    assert told["prompts spent"].startswith(f"{prompts} a picture")
    assert told["stopped early"] == f"{early} of 70"
    if agreement:
        assert told["agreement with full"].startswith(f"{agreement} (")


@pytest.mark.parametrize("name", sorted({"README.md", "CONTRIBUTING.md", "examples/README.md"}))
def test_links_lead_somewhere(name):
    page = REPOSITORY / name
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{name} links to {target}"
