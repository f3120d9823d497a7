import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from twentyq.cli.system import app
from twentyq.errors import StoreError, SystemFileError, TwentyqError, UsageError
from twentyq.system import json_schema, load_system, parse_system

DICTIONARIES = """
classification_groups = {"color": {"prompt": "It is {}.", "options": ["red", "blue"]}}
toy_rules = {"Ball": {"color": 0}, "Plate": {"color": 1}}
"""


@pytest.fixture
def toys(tmp_path: Path) -> Path:
    path = tmp_path / "toys.py"
    path.write_text(DICTIONARIES, encoding="utf-8")
    return path


def python(code: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run code in a new interpreter that finds the package."""
    path = {"PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(
        command, env={**os.environ, **path}, capture_output=True, text=True, check=False
    )


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return result.stdout


def refusal(*arguments: str | Path) -> TwentyqError:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert isinstance(result.exception, TwentyqError)
    assert result.stdout == ""
    return result.exception


def test_list() -> None:
    [header, animals, flags, pokemon, pokemon_177] = run("list").splitlines()
    assert header.split() == ["name", "classes", "groups", "prompts", "about"]
    assert animals.split()[:4] == ["animals", "84", "11", "135"]
    assert flags.split()[:4] == ["flags", "195", "13", "104"]
    assert pokemon.split()[:6] == ["pokemon", "16", "5", "51", "Pokémon", "cards,"]
    assert pokemon_177.split()[:4] == ["pokemon-177", "177", "4", "50"]


def test_list_for_programs() -> None:
    [pokemon] = [
        row for row in json.loads(run("list", "--format", "json")) if row["name"] == "pokemon"
    ]
    assert pokemon == {
        "name": "pokemon",
        "classes": 16,
        "groups": 5,
        "prompts": 51,
        "about": load_system("pokemon").about,
    }


def test_show() -> None:
    shown = run("show", "pokemon")
    assert shown.startswith("name: pokemon\nabout: Pokémon cards, ")
    assert "\ngroups: 5, prompts: 51\nclasses: 16: Absol, Absol G, Aerodactyl, " in shown
    assert "alike in every group: Bulbasaur, Celebi&Venu, Venusaur\n" in shown
    rows = [line.split() for line in shown.splitlines()]
    assert ["a", "toad-like", "creature", "3"] in rows
    assert [
        "dominant_color",
        "This",
        "Pokémon's",
        "body",
        "is",
        "mainly",
        "{}",
        "in",
        "color.",
    ] in rows


def test_show_tells_of_labels_and_prior_and_takes_no_name_for_markup(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        "name: '[red]a[/red]'\n"
        "groups: {g: {prompt: '{}', options: ['[b]', other, unused]}}\n"
        "classes: {A: {g: '[b]'}, B: {g: [other, '[b]']}}\n"
        "labels: {A: '[i]'}\nprior: {B: 2.5}\ncrop: card-art\n",
        encoding="utf-8",
    )
    shown = run("show", path)
    assert shown.startswith("name: [red]a[/red]\ncrop: card-art\ngroups: 1, prompts: 3\n")
    assert "label: A is reported as [i]\n" in shown
    assert "prior: B weighs 2.5\n" in shown
    rows = [line.split() for line in shown.splitlines()]
    assert [row for row in rows if len(row) == 2][-5:] == [
        ["[b]", "2"],
        ["other", "1"],
        ["unused", "0"],
        ["class", "g"],
        ["A", "[b]"],
    ]
    assert rows[-1] == ["B", "[b]", "/", "other"]


def test_show_for_programs() -> None:
    summary = json.loads(run("show", "pokemon", "--format", "json"))
    assert summary["tie_sets"] == [["Bulbasaur", "Celebi&Venu", "Venusaur"]]
    assert summary["groups"][0]["options"]["green"] == 4
    assert sum(len(group["options"]) for group in summary["groups"]) == summary["prompts"] == 51


def test_show_as_a_file() -> None:
    assert parse_system(run("show", "pokemon", "--format", "yaml")) == load_system("pokemon")


def test_show_of_a_bad_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("name: [", encoding="utf-8")
    error = refusal("show", tmp_path / "a.yaml")
    assert isinstance(error, SystemFileError)
    assert error.exit_code == 2
    assert str(error).startswith(f"{tmp_path / 'a.yaml'}, line 1: this is not valid YAML or JSON: ")


def test_schema() -> None:
    assert json.loads(run("schema")) == json_schema()


def test_import_to_standard_output(toys: Path) -> None:
    assert run("import", toys) == (
        "name: toys\n"
        'groups:\n  color:\n    prompt: "It is {}."\n    options: [red, blue]\n'
        "classes:\n  Ball: {color: red}\n  Plate: {color: blue}\n"
    )


def test_import_to_a_file(toys: Path, tmp_path: Path) -> None:
    out = tmp_path / "new.yaml"
    assert run("import", toys, "--name", "δ", "--out", out) == ""
    assert load_system(out).name == "δ"
    error = refusal("import", toys, "--out", out)
    assert isinstance(error, UsageError)
    assert str(error) == (
        f"--out {out}: this file exists already\n"
        "  to mend: choose another name, or replace it with --force"
    )
    assert load_system(out).name == "δ"
    run("import", toys, "--out", out, "--force")
    assert load_system(out).name == "toys"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.yaml", "toys.py"]


def test_a_bad_import_leaves_an_old_file_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("x = open('y')", encoding="utf-8")
    out = tmp_path / "old.yaml"
    out.write_text("mine", encoding="utf-8")
    error = refusal("import", tmp_path / "bad.py", "--out", out, "--force")
    assert "bad.py, line 1, x: this is code; only dictionaries" in str(error)
    assert out.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("force", [[], ["--force"]])
def test_a_place_that_cannot_be_written_to(toys: Path, tmp_path: Path, force: list[str]) -> None:
    out = tmp_path / "missing" / "a.yaml"
    error = refusal("import", toys, "--out", out, *force)
    assert isinstance(error, StoreError)
    assert str(error) == (
        f"--out {out}: cannot write: No such file or directory\n"
        "  to mend: check the folder, its permissions and the space left on the disk"
    )
    error = refusal("import", toys, "--out", "x" * 5000, *force)
    assert "cannot write: File name too long" in str(error)


@pytest.mark.parametrize("name", ["folder", "pipe", "folder/..", "/"])
def test_only_a_regular_file_is_replaced(toys: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    out = tmp_path / name
    error = refusal("import", toys, "--out", out, "--force")
    assert isinstance(error, UsageError)
    assert str(error) == (
        f"--out {out}: only a regular file is replaced\n  to mend: choose another name"
    )
    assert (tmp_path / "pipe").is_fifo()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "pipe", "toys.py"]


def test_a_bad_file_leaves_with_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("name: a\nname: b\n", encoding="utf-8")
    left = python("from twentyq.cli import main; main()", "system", "show", tmp_path / "a.yaml")
    assert (left.returncode, left.stdout) == (2, "")
    assert "a.yaml, line 2, name: this key is given twice" in left.stderr
    assert "Traceback" not in left.stderr


def test_help_is_quick() -> None:
    heavy = ("torch", "transformers", "pydantic", "ruamel.yaml", "networkx", "matplotlib")
    code = f"import sys, twentyq.cli.system; print([m for m in {heavy} if m in sys.modules])"
    loaded = python(code)
    assert loaded.stdout == "[]\n"
