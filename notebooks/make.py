"""Runs notebooks, and writes them with what they show: `python notebooks/make.py`.

A notebook's text is its `.py` file, which the `.ipynb` beside it repeats with the outputs. What is
committed was run without settings of the user's; with `--into FOLDER` the `TWENTYQ_` variables
count, and the notebooks go there.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import jupytext
import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
SCRIPTS = sorted(HERE.glob("[0-9]*.py"))
LONGEST = 900  # seconds a cell may take
ALWAYS = {
    "PYTHONPATH": str(HERE.parent),
    "OMP_NUM_THREADS": "1",  # arrays are small; a second thread would mostly wait
    # Of tqdm, where ipywidgets is not installed; no notebook shows a widget.
    "PYTHONWARNINGS": "ignore:IProgress not found",
}


def run(script: Path, environment: dict[str, str]) -> nbformat.NotebookNode:
    """Return a notebook with its outputs, run by this very Python, in the notebooks' folder."""
    notebook = jupytext.read(script)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"  # by default drawn at random
    # Without folders to look in, ipykernel gives the interpreter that runs now.
    here = AsyncKernelManager(kernel_spec_manager=KernelSpecManager(kernel_dirs=[]))
    client = NotebookClient(
        notebook,
        km=here,
        timeout=LONGEST,
        record_timing=False,
        resources={"metadata": {"path": str(HERE)}},
    )
    client.execute(cleanup_kc=True, env=environment)
    del notebook.metadata["language_info"]["version"]
    return notebook


def main() -> None:
    """Run the notebooks that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="01_reference_experiment, ...")
    parser.add_argument("--into", type=Path, metavar="FOLDER", default=HERE)
    wanted = parser.parse_args()
    own = wanted.into != HERE
    kept = {k: v for k, v in os.environ.items() if own or not k.startswith("TWENTYQ_")}
    for script in SCRIPTS:
        if wanted.names and script.stem not in wanted.names:
            continue
        with TemporaryDirectory() as home:
            # Nothing of a run is left in the user's home, and nothing there bears on it.
            homes = dict.fromkeys(("IPYTHONDIR", "JUPYTER_RUNTIME_DIR"), home)
            notebook = run(script, {**kept, **homes, **ALWAYS})
        nbformat.write(notebook, wanted.into / f"{script.stem}.ipynb")


if __name__ == "__main__":
    main()
