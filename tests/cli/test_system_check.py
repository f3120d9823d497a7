"""twentyq system check, as an author runs it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from twentyq.system import load_system

TIED = """\
name: tied
groups:
  colour:
    prompt: "It is {}."
    options: [red, green, gold]
classes:
  rose: {colour: red}
  tulip: {colour: red}
  leaf: {colour: green}
"""


@pytest.fixture
def tied(tmp_path):
    path = tmp_path / "tied.yaml"
    path.write_text(TIED, encoding="utf-8")
    return path


def test_findings_worst_first_then_groups_then_bounds(twentyq, tied):
    ran = twentyq("system", "check", tied, "--no-encoder")
    assert (ran.code, ran.err) == (0, "")
    told = [re.sub(r" {2,}", "  ", line.rstrip()) for line in ran.out.splitlines()]
    assert told == [
        "tied: 3 classes, 1 group, 3 prompts, prompts not looked at",
        "1 error, 1 warning, 0 notes",
        "",
        "error  rose, tulip: these classes have equal rules in every group, so no question tells "
        "them apart, and at least 33.3% of all pictures get a wrong label.",
        "  to mend: let their rules differ in a group, give them one label under `labels`, or list "
        "them under `accepts: tie`",
        "warning  'colour': no class has 'gold', 1 of the 3 options.",
        "  to mend: remove what no class has, or play with --skip-unused: it costs a prompt each "
        "time",
        "",
        "group  prompts  bits  a prompt  told  by  without rule",
        "colour  3  0.92  0.31  0.00  0%",
        "",
        "0.92 bits find the label; with noise-free answers that takes",
        "  questions  prompts",
        "entropy bound on the mean  1.00  3.0",
        "least mean, exact  1.00  3.0",
        "least worst case, exact  1  3",
    ]


def test_strict_leaves_with_2_for_an_error_that_is_not_accepted(twentyq, tied):
    ran = twentyq("system", "check", tied, "--no-encoder", "--strict")
    assert (ran.code, ran.err) == (2, "twentyq: an error that the file does not accept\n")
    assert ran.out.startswith("tied: ")
    tied.write_text(TIED + "accepts: {tie: [[tulip, rose]], why: 'a [b]word[/b]'}\n")
    ran = twentyq("system", "check", tied, "--no-encoder", "--strict")
    assert (ran.code, ran.err) == (0, "")
    assert "0 errors, 1 warning, 0 notes, 1 accepted\n" in ran.out
    assert "accepted  1 tie set of classes with equal rules in every group, which give at " in (
        ran.out
    )
    assert "least 33.3% of all pictures a wrong label: rose, tulip" in ran.out
    assert "why: a [b]word[/b]\n" in ran.out


@pytest.mark.usefixtures("with_clip")
def test_the_encoder_that_is_asked_for_reads_the_prompts(twentyq, tied, clip_folder):
    long = TIED.replace("It is {}.", f"It is {'very ' * 80}{{}}.")
    tied.write_text(long, encoding="utf-8")
    ran = twentyq("system", "check", tied, "--format", "json", "--no-store")
    document = json.loads(ran.out)
    assert document["encoder"] == str(clip_folder)
    assert [(f["kind"], f["options"]) for f in document["findings"][:2]] == [
        ("tie", []),
        ("long-prompt", ["red", "green", "gold"]),
    ]
    store = Path(os.environ["TWENTYQ_CACHE"]) / "prompts.sqlite3"
    assert not store.exists()
    twentyq("system", "check", tied)
    assert store.is_file()


def test_what_to_do_is_said_once_for_findings_that_stand_together(twentyq, tied):
    tied.write_text(TIED + "  grass: {colour: green}\n", encoding="utf-8")
    out = twentyq("system", "check", tied, "--no-encoder").out
    assert re.findall(r"^error +(.*): these|(to mend: let their rules)", out, re.MULTILINE) == [
        ("rose, tulip", ""),
        ("leaf, grass", ""),
        ("", "to mend: let their rules"),
    ]


def test_json_holds_everything(twentyq, tied):
    ran = twentyq("system", "check", tied, "--no-encoder", "--format", "json", "--strict")
    assert ran.code == 2
    document = json.loads(ran.out)
    assert list(document) == ["system", "encoder", "findings", "groups", "bounds"]
    tie, unused = document["findings"]
    assert tie.pop("what").startswith("rose, tulip: ")
    assert tie.pop("mend").startswith("let their rules differ")
    assert tie == {
        "rank": "error",
        "kind": "tie",
        "classes": ["rose", "tulip"],
        "group": None,
        "options": [],
        "figures": {"wrong": pytest.approx(1 / 3)},
        "accepted": False,
    }
    assert (unused["rank"], unused["group"], unused["options"]) == ("warning", "colour", ["gold"])
    [group] = document["groups"]
    assert group["bits_per_prompt"] == pytest.approx(group["bits"] / 3)
    assert document["bounds"]["least"]["worst_prompts"] == 3


def test_what_is_not_computed_is_said(twentyq, tied, monkeypatch):
    monkeypatch.setattr("twentyq.review.bounds.least_cost", lambda plan: None)
    ran = twentyq("system", "check", tied, "--no-encoder")
    assert ran.out.endswith("\nthe exact least is not computed: too many positions\n")
    ran = twentyq("system", "check", tied, "--no-encoder", "--format", "json")
    assert json.loads(ran.out)["bounds"]["least"] is None


@pytest.mark.parametrize("name", ["animals", "pokemon", "pokemon-177"])
def test_shipped_systems_pass(twentyq, name):
    ran = twentyq("system", "check", name, "--no-encoder", "--strict", "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    ties = [f["classes"] for f in json.loads(ran.out)["findings"] if f["rank"] == "error"]
    assert ties == [list(tie) for tie in load_system(name).tie_sets]


def test_it_fits_a_terminal_of_80_columns_as_the_page_shows(twentyq, monkeypatch):
    monkeypatch.setattr(
        "twentyq.cli.console.open_console", lambda: Console(width=80, force_terminal=True)
    )
    out = twentyq("system", "check", "pokemon", "--no-encoder").out
    lines = [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", out).splitlines()]
    assert max(map(len, lines)) <= 80
    page = (Path(__file__).parents[2] / "docs" / "systems.md").read_text(encoding="utf-8")
    shown = page.split("$ twentyq system check pokemon --no-encoder\n")[1].split("\n```")[0]
    assert lines == shown.splitlines()


def test_a_broken_file_says_what_parsing_says(twentyq, tied):
    tied.write_text(TIED.replace("red}", "rd}", 1), encoding="utf-8")
    ran = twentyq("system", "check", tied)
    assert (ran.code, ran.out) == (2, "")
    assert f"{tied}, line 7, classes.rose.colour: this is not an option" in ran.err
    assert twentyq("system", "show", tied).err == ran.err


def test_help_is_quick():
    code = (
        "import sys, twentyq.cli; "
        "print([m for m in ('torch', 'scipy', 'pydantic', 'rich.table') if m in sys.modules])"
    )
    path = {"PYTHONPATH": str(Path(__file__).parents[2])}
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "[]\n"
