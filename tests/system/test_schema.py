import json
from typing import Any

import jsonschema
import pytest

from tests.system.samples import GOOD
from twentyq.system import available_systems, json_schema
from twentyq.system.reader import read_document


def data(text: str) -> Any:
    # Through JSON, so that the checker sees nothing that a file could not hold.
    return json.loads(json.dumps(read_document(text, "f.yaml").data))


@pytest.fixture(scope="module")
def checker() -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    return jsonschema.Draft202012Validator(json_schema())


@pytest.mark.parametrize("path", [path for _, path in available_systems()])
def test_what_comes_along_is_valid(path: Any, checker: jsonschema.Draft202012Validator) -> None:
    checker.validate(data(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("rule", ["1", "[blue, 0]", "{red: 1, blue: 0.5}", "[blue]"])
def test_every_kind_of_rule_is_valid(rule: str, checker: jsonschema.Draft202012Validator) -> None:
    checker.validate(data(GOOD.replace("blue}", f"{rule}}}")))


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        ("name: sample", "title: x", "$"),
        ("It is {}.", "It is {0}.", "$.groups.color.prompt"),
        ("It is {}.", "{} {}", "$.groups.color.prompt"),
        ("[red, blue]", "[red]", "$.groups.color.options"),
        ("[red, blue]", "[red, '']", "$.groups.color.options[1]"),
        ("[red, blue]", "[red, 1]", "$.groups.color.options[1]"),
        ("color: blue", "color: true", "$.classes.Plate.color"),
        ("color: blue", "color: -1", "$.classes.Plate.color"),
        ("color: blue", "color: []", "$.classes.Plate.color"),
        ("color: blue", "color: {red: -1}", "$.classes.Plate.color"),
        ("{color: blue}", "{}", "$.classes.Plate"),
        ("name: sample", "name: x\nprior: {Ball: 0}", "$.prior.Ball"),
        ("name: sample", "name: x\ncrop: card", "$.crop"),
        ("name: sample", "name: x\naccepts: {ties: []}", "$.accepts"),
        ("name: sample", "name: x\nhistory: once", "$.history"),
    ],
)
def test_an_editor_marks_the_fault(
    old: str, new: str, at: str, checker: jsonschema.Draft202012Validator
) -> None:
    assert old in GOOD
    assert at in {error.json_path for error in checker.iter_errors(data(GOOD.replace(old, new)))}


def test_every_key_is_explained() -> None:
    schema = json_schema()
    shapes = [schema, *schema["$defs"].values()]
    for shape in shapes:
        assert shape["description"]
        for name, key in shape["properties"].items():
            assert key.get("description") or "$ref" in key, name
