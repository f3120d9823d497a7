"""docs/results.md names the fields that are written, and no others."""

import json
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "results.md"


def documented(section):
    text = PAGE.read_text(encoding="utf-8").split(f"## {section}\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]*) \|", text, re.MULTILINE)
    return {key for cell in cells for key in re.findall(r"`(\w+)`", cell)}


@pytest.mark.usefixtures("with_clip")
def test_the_fields_are_those_that_are_written(twentyq, things):
    (things / "bad.png").write_text("text")
    ran = twentyq(
        "classify", "pictures/sea", "bad.png", "--system", "things.yaml", "--format", "json",
    )  # fmt: skip
    document = json.loads(ran.out)
    assert documented("The document") == set(document)
    entry = document["results"][0]
    assert documented("An entry") == {*entry, "truth"}
    assert documented("A step of a trace") == set(entry["trace"][0])
    assert set(document["failures"][0]) == {"picture", "error"}
