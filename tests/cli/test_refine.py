import json
import re
import shutil

import numpy as np
import pytest

from tests.study.seeing import SYSTEM, draw_pictures
from twentyq.system import MAX_BYTES, load_system

ENCODER = ("--encoder", "python:tests.study.seeing:SeeingEncoder", "--no-store")
# The colours of the small world, told by the wrong words; and who is which colour, told wrongly.
WORSE = SYSTEM.replace("[red, green, blue, violet]", "[crimson, viridian, azure, violet]")
for right, wrong in (("red", "crimson"), ("green", "viridian"), ("blue", "azure")):
    WORSE = WORSE.replace(f"colour: {right}", f"colour: {wrong}")
WORDINGS = "colour: {options: {crimson: [red, pink], viridian: [green], azure: [blue]}}\n"


@pytest.fixture
def world(tmp_path, monkeypatch):
    """The small world's system file in worse words, and 30 pictures of each of its five labels."""
    (tmp_path / "worse.yaml").write_text(WORSE)
    (tmp_path / "wordings.yaml").write_text(WORDINGS)
    draw_pictures(tmp_path / "pictures", each=30)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def refine(twentyq, world):
    def run(*arguments, system="worse.yaml"):
        return twentyq("refine", "pictures", "--system", system, *ENCODER, *arguments)

    return run


def accuracy(twentyq, system, pictures):
    """What classify's own table of truths says of full, on some pictures."""
    ran = twentyq(
        "classify", *pictures, "--system", system, *ENCODER, "--mode", "full",
        "--truth", "folder", "--format", "json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    entries = json.loads(ran.out)["results"]
    return sum(entry["label"] == entry["truth"] for entry in entries), len(entries)


def test_a_refined_system_is_an_ordinary_file_with_its_history(refine, twentyq, world):
    ran = refine("--wordings", "wordings.yaml", "--moves", "wordings")
    assert ran.code == 0, ran.err
    assert re.search(r"1 +wordings +colour +crimson +red", ran.out)
    assert re.search(r"test, 50 pictures", ran.out)
    assert "Train and validation chose the changes: only test says what to expect." in ran.out
    assert "twentyq: round 1, wordings of colour: crimson → red" in ran.err
    assert re.search(r"refined\.yaml holds \d changes?", ran.err)
    refined = load_system(world / "refined.yaml")
    assert "red" in refined.groups[0].options
    assert refined.history[0] == "round 1, wordings of colour: crimson → red"
    assert refined.history[-1].endswith("split picture, seed 0, moves wordings")
    assert str(world) not in (world / "refined.yaml").read_text()
    before, after = (
        accuracy(twentyq, name, ["pictures"])[0] for name in ("worse.yaml", "refined.yaml")
    )
    assert after > before


def test_the_classifier_says_of_test_pictures_what_the_table_says(refine, twentyq, world):
    ran = refine("--format", "json", "--wordings", "wordings.yaml", "--seed", 3)
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    parts = {"train", "validation", "test"}
    assert set(found) == {"rounds", "steps", "last", "prompts", *parts}
    everyone = {part: found[part]["before"]["total"] for part in parts}
    assert everyone == {"train": 50, "validation": 50, "test": 50}
    for when, system in (("before", "worse.yaml"), ("after", "refined.yaml")):
        counted = sum(found[part][when]["count"] for part in everyone)
        assert accuracy(twentyq, system, ["pictures"]) == (counted, 150)
    for step in found["steps"]:
        assert set(step) == {"round", "change", "rivals", "n_prompts", "train", "validation"}
        assert step["validation"]["after"]["count"] >= step["validation"]["before"]["count"]
    assert found["test"]["difference"]["low"] <= found["test"]["difference"]["value"]


def test_the_same_command_gives_the_same_bytes(refine, world):
    for out in ("one.yaml", "two.yaml"):
        assert refine("--out", out, "--wordings", "wordings.yaml").code == 0
    assert (world / "one.yaml").read_bytes() == (world / "two.yaml").read_bytes()


def test_whole_labels_go_to_one_part(refine, world):
    ran = refine("--split", "class", "--wordings", "wordings.yaml", "--format", "json")
    found = json.loads(ran.out)
    # Five labels of thirty pictures, a third of the labels to each part.
    totals = sorted(found[part]["before"]["total"] for part in ("train", "validation", "test"))
    assert totals == [30, 60, 60]
    assert all(step["change"]["move"] != "rules" for step in found["steps"])


def test_where_nothing_helps_nothing_is_written(refine, world):
    folders = sorted((world / "pictures").iterdir())
    rng = np.random.default_rng(0)
    paths = sorted((world / "pictures").glob("*/*.png"))
    contents = [path.read_bytes() for path in paths]
    for path, at in zip(paths, rng.permutation(len(paths)), strict=True):
        path.write_bytes(contents[at])
    assert len(folders) == 5
    ran = refine("--moves", "groups,wordings")
    assert ran.code == 2
    assert "no change was kept" in ran.out
    assert "pictures: no change helps, and nothing is written" in ran.err
    assert "got: groups, wordings" in ran.err
    assert not (world / "refined.yaml").exists()


def test_equal_pictures_are_told_and_count_once(refine, world):
    sky = world / "pictures" / "sky"
    for number in range(3):
        shutil.copy(sky / "00.png", sky / f"copy{number}.png")
    shutil.copy(sky / "01.png", world / "pictures" / "apple" / "sky.png")
    (sky / "broken.png").write_text("no picture")
    ran = refine("--format", "json", "--moves", "rules")
    found = json.loads(ran.out)
    assert sum(found[part]["before"]["total"] for part in ("train", "validation", "test")) == 149
    assert re.search(r"duplicate: 3, .*copy0\.png, the same as .*00\.png", ran.err)
    assert re.search(r"under two labels: 2, ", ran.err)
    assert re.search(r"unreadable: 1, .*broken\.png", ran.err)


def test_an_existing_file_is_refused_before_any_work(refine, world):
    (world / "refined.yaml").write_text("mine")
    ran = refine("--encoder", "no/such/encoder")
    assert ran.code == 2
    assert "--out refined.yaml: this file exists already" in ran.err
    assert (world / "refined.yaml").read_text() == "mine"
    assert refine("--wordings", "wordings.yaml", "--force").code == 0
    assert (world / "refined.yaml").read_text() != "mine"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--moves", "words"), "--moves: there is no such move"),
        (("--moves", "rules", "--split", "class"), "--moves: rules cannot be learned"),
        (("--moves", "groups", "--refit"), "--refit: there are no rules to learn once more"),
        (("--split", "label"), "'label' is not one of 'picture', 'class'"),
        (("--wordings", "absent.yaml"), "absent.yaml: there is no such file"),
        (("--wordings", "worse.yaml"), "worse.yaml, line 1, name: this is no file of wordings"),
        (("--rounds", "0"), "greater than or equal to 1"),
    ],
)
def test_contradictions_are_refused(refine, arguments, told):
    ran = refine(*arguments)
    assert ran.code == 2
    assert told in ran.err


def test_what_would_be_too_large_is_not_written(refine, world):
    long = "x" * (MAX_BYTES - len(WORSE) - 20)
    (world / "worse.yaml").write_text(f"{WORSE}about: {long}\n")
    ran = refine("--wordings", "wordings.yaml", "--moves", "wordings")
    assert ran.code == 2
    assert "--out refined.yaml: this is too large for a system file" in ran.err
    assert not (world / "refined.yaml").exists()


def test_the_builtin_encoder_refines_on_drawings(twentyq, world):
    """Drawings that the shipped encoder sees, and a question whose answers are told wrongly."""
    draw_pictures(world / "drawings", each=15, size=(64, 64))
    ran = twentyq(
        "refine", "drawings", "--system", "worse.yaml", "--no-store", "--moves", "rules",
        "--out", "drawn.yaml", "--format", "json", "--refit",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    assert "learned from 50 pictures" in found["last"]["after"]
    assert found["test"]["after"]["count"] > found["test"]["before"]["count"]
    shown = twentyq("system", "show", "drawn.yaml")
    assert shown.code == 0
    checked = load_system(world / "drawn.yaml")
    assert "encoder builtin (sha256:" in checked.history[-1]
