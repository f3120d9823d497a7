import io
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from html import unescape
from importlib.util import find_spec

import networkx as nx
import numpy as np
import pytest
from PIL import Image

from tests.conftest import REPOSITORY
from twentyq.system import load_system

TOLD = (
    "the question tree of 16 classes, 14 leaves; 1.25 questions and 14.5 prompts on average, at "
    "most 2 and 24"
)


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("kind", ["tree", "confusable"])
@pytest.mark.parametrize("ending", ["png", "svg", "dot", "graphml"])
def test_every_kind_in_every_form(twentyq, tmp_path, kind, ending):
    ran = twentyq("system", "graph", "pokemon", "--kind", kind, "--out", f"new.{ending}")
    assert (ran.code, ran.out) == (0, "")
    counts = "16 classes; sets that no question tells apart: 1; pairs that at most one question "
    told = TOLD if kind == "tree" else f"{counts}tells apart: 1"
    assert ran.err == f"twentyq: new.{ending}: {told}\n"
    content = (tmp_path / f"new.{ending}").read_bytes()
    if ending == "png":
        pixels = np.asarray(Image.open(io.BytesIO(content)).convert("L"))
        assert pixels.min() < 50
        assert pixels.max() == 255
    else:
        text = unescape(content.decode())
        assert [name for name in load_system("pokemon").classes if name not in text] == []


def test_the_graph_holds_what_the_picture_leaves_out(twentyq, tmp_path):
    twentyq("system", "graph", "animals", "--out", "all.graphml")
    tree = nx.read_graphml(tmp_path / "all.graphml")
    assert nx.is_arborescence(tree)
    assert len(tree) == 501
    assert "folded" not in nx.get_node_attributes(tree, "kind").values()


def test_another_process_gives_equal_bytes(twentyq, tmp_path):
    runs = [
        ("system", "graph", "pokemon", "--kind", kind, "--out", f"{kind}.{ending}")
        for kind in ("tree", "confusable")
        for ending in ("png", "svg", "dot", "graphml")
    ]
    code = f"from twentyq.cli import app\nfor run in {runs}: app(run, standalone_mode=False)"
    path = {"PYTHONPATH": str(REPOSITORY), "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-c", code], env={**os.environ, **path}, check=True)
    others = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert len(others) == len(runs)
    for run in runs:
        twentyq(*run, "--force")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == others


def test_another_policy_and_some_of_the_classes(twentyq, tmp_path):
    (tmp_path / "some.txt").write_text("Absol\nAbsol G\nAggron\n")
    ran = twentyq(
        "system", "graph", "pokemon", "--out", "a.graphml", "--classes", "some.txt",
        "--policy", "static:background_scene,dominant_color",
    )  # fmt: skip
    assert ran.err == (
        "twentyq: a.graphml: the question tree of 3 classes, 3 leaves; 1.67 questions and 14 "
        "prompts on average, at most 2 and 17\n"
    )
    asked = nx.get_node_attributes(nx.read_graphml(tmp_path / "a.graphml"), "asks")
    assert list(asked.values()) == ["background_scene", "dominant_color"]


@pytest.mark.parametrize(("name", "got"), [("a.pdf", "'.pdf'"), ("a", "no ending")])
def test_another_ending_is_refused(twentyq, tmp_path, name, got):
    ran = twentyq("system", "graph", "pokemon", "--out", name)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        f"twentyq: --out {name}: the ending of the file says in which form to draw\n"
        f"  got: {got}\n"
        "  allowed: .png, .svg, .dot, .graphml\n"
        "  to mend: choose one of these endings\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_only_by_force(twentyq, tmp_path):
    out = tmp_path / "mine.SVG"
    out.write_text("mine")
    ran = twentyq("system", "graph", "pokemon", "--out", out)
    assert ran.code == 2
    assert "this file exists already" in ran.err
    assert out.read_text() == "mine"
    assert twentyq("system", "graph", "pokemon", "--out", out, "--force").code == 0
    assert "<svg" in out.read_text()
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize(
    ("ending", "package"), [("png", "matplotlib"), ("svg", "matplotlib"), ("dot", "pydot")]
)
def test_a_missing_extra_is_named(twentyq, tmp_path, monkeypatch, ending, package):
    monkeypatch.setattr(
        "twentyq.cli.extras.find_spec", lambda name: None if name == package else find_spec(name)
    )
    ran = twentyq("system", "graph", "pokemon", "--out", f"a.{ending}")
    assert ran.code == 2
    assert ran.err == (
        "twentyq: installation: drawing needs packages that are not installed\n"
        f"  got: no {package}\n"
        "  to mend: pip install 'twentyq[draw]'\n"
    )
    assert twentyq("system", "graph", "pokemon", "--out", "a.graphml").code == 0


def test_a_random_order_is_refused(twentyq, tmp_path):
    ran = twentyq("system", "graph", "pokemon", "--policy", "random", "--out", "a.dot")
    assert ran.code == 2
    assert ran.err.startswith("twentyq: policy: a random order has no tree")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["tree", "confusable"])
def test_the_pictures_of_the_page_are_what_the_command_draws(twentyq, tmp_path, kind):
    twentyq("system", "graph", "pokemon", "--kind", kind, "--out", "new.svg")
    kept = REPOSITORY / "docs" / f"pokemon-{kind}.svg"

    def texts(path):
        elements = ET.parse(path).getroot().iter("{http://www.w3.org/2000/svg}text")
        return [element.text for element in elements]

    assert texts(kept) == texts(tmp_path / "new.svg")
