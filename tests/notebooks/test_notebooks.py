"""The notebooks run, say what they are committed as saying, and are what their `.py` says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest

from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / "notebooks"
NAMES = sorted(path.stem for path in FOLDER.glob("[0-9]*.py"))
AGAIN = "run `python notebooks/make.py`"
LARGEST = 500_000  # bytes of a committed notebook


def run(name: str, folder: Path, **settings: str) -> nbformat.NotebookNode:
    """Run a notebook in a process of its own, so that Jupyter's warnings are not of this one."""
    command = [sys.executable, "notebooks/make.py", "--into", str(folder), name]
    ran = subprocess.run(
        command,
        cwd=REPOSITORY,
        env={**os.environ, **settings},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return nbformat.read(folder / f"{name}.ipynb", 4)


def committed(name: str) -> nbformat.NotebookNode:
    return nbformat.read(FOLDER / f"{name}.ipynb", 4)


def printed(notebook: nbformat.NotebookNode, stream: str = "stdout") -> str:
    return "".join(
        output.text
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type == "stream" and output.name == stream
    )


def shown(notebook: nbformat.NotebookNode) -> list[list[str]]:
    """Return which kinds of output each cell shows besides text."""
    return [
        [kind for output in cell.get("outputs", ()) for kind in output.get("data", ())]
        for cell in notebook.cells
    ]


def without_figures(text: str) -> list[list[str]]:
    """Return the words of each line, without numbers, which may differ in the last digit."""
    return [re.sub(r"[-+]?\d[\d.]*%?|\s+", " ", line).split() for line in text.splitlines()]


def encoder_in(text: str) -> list[str]:
    return re.findall(r"^encoder builtin (sha256:\w+)$", text, re.MULTILINE)


def test_there_are_three() -> None:
    assert NAMES == [
        "01_reference_experiment",
        "02_accuracy_vs_prompts",
        "03_write_your_own_system",
    ]
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_pair_agrees(name: str) -> None:
    text, notebook = jupytext.read(FOLDER / f"{name}.py"), committed(name)
    cells = [[(cell.cell_type, cell.source) for cell in each.cells] for each in (text, notebook)]
    assert cells[0] == cells[1], AGAIN
    assert notebook.metadata.jupytext.formats == "ipynb,py:percent"


@pytest.mark.parametrize("name", NAMES)
def test_what_is_committed_tells_nothing_of_the_machine(name: str) -> None:
    path = FOLDER / f"{name}.ipynb"
    assert path.stat().st_size < LARGEST
    notebook = committed(name)
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop("image/png", None)
    text = nbformat.writes(notebook)
    assert str(Path.home()) not in text
    assert not re.search(r"(?<!\.)/(home|root|tmp|work|usr|var|Users|private)/|\b[A-Z]:\\\\", text)
    assert not re.search(r"\b20\d\d-\d\d-\d\d\b", text)
    assert "iopub" not in text


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow) if name == "02_accuracy_vs_prompts" else name
        for name in NAMES
    ],
)
def test_it_runs_and_says_what_is_committed(name: str, tmp_path: Path) -> None:
    fresh, kept = run(name, tmp_path), committed(name)
    assert printed(fresh, "stderr") == ""
    assert [cell.source for cell in fresh.cells] == [cell.source for cell in kept.cells], AGAIN
    assert shown(fresh) == shown(kept), AGAIN
    assert len(encoder_in(printed(fresh))) == 1
    assert encoder_in(printed(fresh)) == encoder_in(printed(kept)), AGAIN
    assert without_figures(printed(fresh)) == without_figures(printed(kept)), AGAIN


def test_the_kernel_is_this_python(tmp_path: Path) -> None:
    """Another kernel that the user has installed under the same name is not taken."""
    other = tmp_path / "share" / "jupyter" / "kernels" / "python3"
    other.mkdir(parents=True)
    (other / "kernel.json").write_text('{"argv": ["no-such-python"], "display_name": "other"}')
    script = tmp_path / "which.py"
    script.write_text("# %%\nimport sys\n\nprint(sys.executable)\n")
    program = (
        "import runpy, sys, pathlib, os\n"
        "make = runpy.run_path('notebooks/make.py')\n"
        "found = make['run'](pathlib.Path(sys.argv[1]), dict(os.environ))\n"
        "print(found.cells[0].outputs[0].text)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(script)],
        cwd=REPOSITORY,
        env={**os.environ, "JUPYTER_PATH": str(tmp_path / "share" / "jupyter")},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.stdout.strip() == sys.executable, ran.stderr


@pytest.mark.slow
def test_the_reference_experiment_on_cards(shared: Path, tmp_path: Path) -> None:
    cards = shared / "data" / "pokemon-cards"
    told = printed(run("01_reference_experiment", tmp_path, TWENTYQ_CARDS=str(cards)))
    assert told.startswith("Pokémon cards from TWENTYQ_CARDS, with the article's system.\n")
    assert "70 of 70 pictures, 15 labels among them\n" in told
    assert "N = 16 classes, 5 groups, Q = 51 prompts\n" in told


@pytest.mark.slow
def test_a_study_of_pictures_of_the_users(shared: Path, tmp_path: Path) -> None:
    settings = {
        "TWENTYQ_STUDY_PICTURES": str(shared / "data" / "pokemon-177"),
        "TWENTYQ_STUDY_SYSTEM": "pokemon-177",
    }
    told = printed(run("02_accuracy_vs_prompts", tmp_path, **settings))
    assert "system pokemon-177: 177 labels" in told
    assert "Drawn badges" not in told
    assert "report.html" in told
