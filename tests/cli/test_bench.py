import json
import math
import re
from pathlib import Path

import pytest

from twentyq.bench.drawn import draw_pictures
from twentyq.bench.report import MEANINGS
from twentyq.bench.starting import time_starts
from twentyq.errors import EncoderError

PAGE = Path(__file__).resolve().parents[2] / "docs" / "bench.md"
QUICK = ("--quick", "--batch-size", 2)


def figures(value):
    if isinstance(value, dict):
        return [figure for part in value.values() for figure in figures(part)]
    if isinstance(value, list):
        return [figure for part in value for figure in figures(part)]
    return [value] if isinstance(value, float) else []


def documented():
    text = PAGE.read_text(encoding="utf-8").split("## The document\n")[1].split("\n## ")[0]
    return set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))


@pytest.mark.usefixtures("with_clip")
def test_the_document_has_the_keys_of_the_page_and_positive_finite_figures(twentyq, things):
    ran = twentyq(
        "bench", "pictures", "--system", "things.yaml", *QUICK, "--format", "json",
        "--out", "bench.json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)
    assert json.loads((things / "bench.json").read_text()) == document
    assert {*document, "start_over_bare"} == documented()
    assert set(document["spread"]) == set(MEANINGS) - {"start_over_bare"}
    for name, (smallest, largest) in document["spread"].items():
        assert smallest <= document[name] <= largest
    for part in ("spread", "cases", "engine", *document["spread"]):
        found = figures(document[part])
        assert found
        assert all(figure > 0 and math.isfinite(figure) for figure in found), part
    assert document["setting"]["pictures"] == 6
    assert document["setting"]["quick"] is True
    assert document["machine"]["cores"] >= 1
    assert document["half"] == []
    for case, reached in document["ceilings"].items():
        # On a CPU there is no copy, which is said.
        assert set(reached) == {"resident", "matmul"} - {case}
        assert 0 < figures(reached)[0] < math.inf
    assert document["notes"] == [
        "No pixels are copied to a CUDA device here: no part of the rate of that copy."
    ]


def test_without_pictures_they_are_drawn_and_without_a_pipeline_it_says_so(twentyq, things):
    ran = twentyq(
        "bench", "--system", "things.yaml", *QUICK,
        "--encoder", "python:tests.study.seeing:SeeingEncoder",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert "2 pictures, batch 2" in ran.out
    assert "each case timed in 2 rounds" in ran.out
    for name in set(MEANINGS) - {"start_over_bare", "full_over_pipeline"}:
        assert MEANINGS[name] in ran.out
    assert "Transformers' pipeline does not run this encoder" in ran.out
    assert "This encoder prepares pictures in its own code: no ceilings." in ran.out
    assert "of the throughput of" not in ran.out
    assert "twentyq: measuring pictures" in ran.err


@pytest.mark.usefixtures("with_clip")
def test_half_precision_is_a_rate_of_agreement_over_each_picture_once(twentyq, things):
    ran = twentyq(
        "bench", "pictures", "--system", "things.yaml", *QUICK, "--batch-size", 8, "--half",
        "--out", "bench.json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert "of the throughput of" in ran.out
    found = json.loads((things / "bench.json").read_text())["half"]
    assert [agreement["dtype"] for agreement in found] == ["bfloat16", "float16"]
    for agreement in found:
        equal = agreement["equal"]
        assert equal["total"] == 6
        assert 0 <= equal["low"] <= equal["share"] <= equal["high"] <= 1
        assert 0 < agreement["difference"] < 0.1
        assert f"{agreement['dtype']} " in ran.out
    assert "full's labels as in float32" in ran.out
    assert "twentyq: measuring half precision" in ran.err


@pytest.mark.slow
@pytest.mark.usefixtures("with_clip")
def test_a_start_is_measured_beside_a_bare_script(twentyq, things):
    ran = twentyq(
        "bench", "--system", "things.yaml", *QUICK, "--start", "--format", "json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)
    assert document["start_over_bare"] > 0
    assert {"start: classify", "start: bare"} <= set(document["cases"])


@pytest.mark.slow
def test_a_start_that_transformers_cannot_make_is_an_error():
    with pytest.raises(EncoderError, match="a process that was to be timed fails"):
        time_starts(draw_pictures(1)[0], "animals", "no/folder/of/a/model", rounds=1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--plot", "a.svg"), "there is nothing to draw without the figures of --scaling"),
        (("--plot", "a.pdf", "--scaling"), "no such kind of picture"),
        (("--out", "things.yaml"), "this file exists already"),
        (("--half", "--encoder", "python:a:b"), "the encoder's factory chooses its number type"),
    ],
)
def test_contradictions_are_refused_before_anything_is_measured(twentyq, things, arguments, said):
    ran = twentyq("bench", *QUICK, *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert "measuring" not in ran.err
