import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.system.samples import names
from twentyq.cli.system_new import starter
from twentyq.errors import SystemFileError
from twentyq.review import review_system
from twentyq.review.findings import Kind, Rank
from twentyq.system import load_system, parse_system
from twentyq.system.schema import SystemShape

SWITCHED_OFF = re.compile(r"(?m)^#(?=\S)")


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_the_worked_example_is_played_as_it_is(twentyq, tmp_path):
    ran = twentyq("system", "new", "fruit.yaml")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == (
        "twentyq: fruit.yaml: a worked example; then: twentyq system check fruit.yaml\n"
    )
    system = load_system(tmp_path / "fruit.yaml")
    assert system.name == "fruit"
    assert "strawberry" in system.classes
    assert review_system(system).findings == ()
    text = (tmp_path / "fruit.yaml").read_text()
    assert max(map(len, text.splitlines())) <= 100
    assert "\n\n\n" not in text


def test_every_kind_of_rule_is_shown():
    system = parse_system(starter("fruit"))
    rules = [rule for name in system.classes for rule in system.rules[name].values()]
    assert any(len(rule) == 1 for rule in rules)
    assert {"red": 0.5, "green": 0.5} in rules
    assert {"yellow": 0.8, "green": 0.2} in rules


@pytest.mark.parametrize("classes", [None, ["crow", "no", 'a "b": c, {d}'], ["é" * 90, "#x"]])
def test_every_key_is_shown_and_may_be_switched_on(classes):
    text = starter("birds", classes)
    keys = re.findall(r"(?m)^#?(\w+):", text)
    assert sorted(keys) == sorted(SystemShape.model_fields)
    system = parse_system(SWITCHED_OFF.sub("", text))
    one, other = system.classes[:2]
    assert system.about
    assert system.source
    assert system.license
    assert system.history
    assert system.names_prompt == "a photo of a {}"
    assert system.crop == "card-art"
    assert system.labels == {one: "one label for both", other: "one label for both"}
    assert system.prior == {one: 2.5}
    assert system.accepts["tie"] == ((one, other),)


@pytest.mark.parametrize("given", ["--classes", "--classes-file"])
def test_classes_begin_with_placeholders(twentyq, tmp_path, given):
    (tmp_path / "names.txt").write_text("crow\n\nMr. Mime: x\nno\ncrow\n")
    value = "names.txt" if given == "--classes-file" else "crow, ,Mr. Mime: x,no,crow"
    ran = twentyq("system", "new", "a.yml", given, value, "--name", "my birds")
    assert ran.code == 0
    assert ran.err == (
        "twentyq: a.yml: 3 classes with placeholder rules; then: twentyq system check a.yml\n"
    )
    system = load_system(tmp_path / "a.yml")
    assert system.name == "my birds"
    assert system.classes == ("crow", "Mr. Mime: x", "no")
    first = {group.name: {group.options[0]: 1.0} for group in system.groups}
    assert all(system.rules[name] == first for name in system.classes)
    lines = (tmp_path / "a.yml").read_text().splitlines()
    assert "  crow: {color: red, shape: round, surface: smooth}  # to correct" in lines
    assert sum(line.endswith("  # to correct") for line in lines) == 3
    # The check is the list of what is left to do.
    [error] = [found for found in review_system(system).findings if found.rank is Rank.error]
    assert error.kind is Kind.tie
    assert error.classes == system.classes


@given(names(2, 5), st.text("ab :#'\"", min_size=1).filter(str.strip))
def test_any_classes_and_any_name_are_written_as_they_are(classes, name):
    system = parse_system(starter(name, classes))
    assert system.name == name
    assert system.classes == tuple(classes)


def test_classes_that_are_alike_but_for_case_are_refused(twentyq, tmp_path):
    ran = twentyq("system", "new", "a.yaml", "--classes", "Crow,crow")
    assert ran.code == 2
    assert "two classes are alike but for case, spaces or Unicode form" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_no_system_may_have_is_refused():
    with pytest.raises(SystemFileError, match=r"^new system, line 5, name: "):
        starter("a\tb")


@pytest.mark.parametrize(("classes", "got"), [("crow", "crow"), (" , ", "none")])
def test_one_class_is_no_system(twentyq, tmp_path, classes, got):
    ran = twentyq("system", "new", "a.yaml", "--classes", classes)
    assert ran.code == 2
    assert ran.err == (
        "twentyq: classes: a system needs at least two classes\n"
        f"  got: {got}\n"
        "  to mend: name at least two, or none for a worked example\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_classes_are_given_once(twentyq):
    ran = twentyq("system", "new", "a.yaml", "--classes", "a,b", "--classes-file", "names.txt")
    assert ran.code == 2
    assert ran.err == (
        "twentyq: --classes and --classes-file: the classes are given twice\n"
        "  to mend: leave one of the two out\n"
    )


def test_a_file_is_replaced_only_by_force(twentyq, tmp_path):
    out = tmp_path / "mine.yaml"
    out.write_text("mine")
    ran = twentyq("system", "new", out)
    assert ran.code == 2
    assert ran.err == (
        f"twentyq: {out}: this file exists already\n"
        "  to mend: choose another name, or replace it with --force\n"
    )
    assert out.read_text() == "mine"
    assert twentyq("system", "new", out, "--force").code == 0
    assert load_system(out).name == "mine"


@pytest.mark.parametrize("name", ["a.json", "a"])
def test_another_ending_is_refused(twentyq, tmp_path, name):
    ran = twentyq("system", "new", name)
    assert ran.code == 2
    assert ran.err.startswith(f"twentyq: {name}: a commented system file is written as YAML\n")
    assert list(tmp_path.iterdir()) == []
