"""`examples/birds`: from a table of percentages to a system with soft rules."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from twentyq.system import load_system

SCRIPT = REPOSITORY / "examples" / "birds" / "make_system.py"
TABLE: dict[str, object] = {
    "groups": {
        "has_size": ["large_(16_-_32_in)", "small_(5_-_9_in)", "medium_(9_-_16_in)"],
        "has_eye_color": ["yellow", "grey", "black"],
    },
    "classes": {
        "Rock_Wren": {
            "has_size": {"top": "small_(5_-_9_in)", "pct": {"small_(5_-_9_in)": 80.0}},
            "has_eye_color": {"pct": {"black": 70.0, "grey": 49.0, "yellow": 21.0}},
        },
        "Mallard": {
            "has_size": {"pct": {"medium_(9_-_16_in)": 33.3, "large_(16_-_32_in)": 33.3}},
            "has_eye_color": {"pct": {}},
        },
    },
}


def make(table: object, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "attributes.json").write_text(json.dumps(table), encoding="utf-8")
    command = [sys.executable, str(SCRIPT), "attributes.json", "birds.yaml"]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False, cwd=folder)


def test_birds_shares_become_weights(tmp_path: Path) -> None:
    made = make(TABLE, tmp_path)
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")
    system = load_system(tmp_path / "birds.yaml")
    assert [group.name for group in system.groups] == ["size", "eye_color"]
    assert system.groups[0].prompts == (
        "a photo of a bird about as big as a duck or a crow",
        "a photo of a bird about as big as a sparrow",
        "a photo of a bird about as big as a pigeon",
    )
    assert system.rules == {
        "Rock Wren": {
            "size": {"a sparrow": 1.0},
            "eye_color": {"yellow": 0.15, "gray": 0.35, "black": 0.5},
        },
        "Mallard": {"size": {"a duck or a crow": 0.5, "a pigeon": 0.5}},
    }


def test_birds_are_spoken_of_without_underscores_and_labelled_as_their_folders(
    tmp_path: Path,
) -> None:
    make(TABLE, tmp_path)
    system = load_system(tmp_path / "birds.yaml")
    assert system.classes == ("Rock Wren", "Mallard")
    assert [system.label_of(name) for name in system.classes] == ["Rock_Wren", "Mallard"]


def test_birds_of_the_whole_table(shared: Path, tmp_path: Path) -> None:
    table = json.loads((shared / "data" / "birds" / "attributes.json").read_text("utf-8"))
    assert make(table, tmp_path).returncode == 0
    system = load_system(tmp_path / "birds.yaml")
    assert (len(system.classes), len(system.groups), system.n_prompts) == (100, 28, 312)
    assert system.tie_sets == ()
    folders = {path.name for path in (shared / "data" / "birds").iterdir() if path.is_dir()}
    assert folders == set(map(system.label_of, system.classes))
    options = {group.name: dict.fromkeys(group.options, 0.0) for group in system.groups}
    for bird, groups in table["classes"].items():
        for group, shares in groups.items():
            rule = system.rules[bird.replace("_", " ")][group.removeprefix("has_")]
            weights = list((options[group.removeprefix("has_")] | rule).values())
            given = [shares["pct"].get(option, 0.0) for option in table["groups"][group]]
            assert weights == pytest.approx([share / sum(given) for share in given], abs=0.0005)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"groups": {"has_eye_color": ["yellow", "silver"]}},
            "attributes.json, groups, has_eye_color: this option has no wording\n  got: 'silver'\n",
        ),
        (
            {"groups": {"has_beard": ["long", "short"]}},
            "attributes.json, groups, has_beard: this option has no wording\n  got: 'long'\n"
            "  allowed: a group of wordings.yaml: has_bill_shape, has_wing_color, ",
        ),
        (
            {"classes": {"Mallard": {"has_eye_color": {"pct": {"buff": 50.0}}}}},
            "attributes.json, classes, Mallard, has_eye_color: a class has a share for an option"
            " that its group does not have\n  got: 'buff'\n  allowed: yellow, grey, black\n",
        ),
        (
            {"classes": {"Mallard": {"has_eye_color": {"pct": {"black": 500}}}}},
            "attributes.json, classes, Mallard, has_eye_color, pct, black: this is not the table of"
            " attributes\n  got: 500\n",
        ),
        (
            {"classes": {"Mallard": {"has_size": {"pct": {}}}}},
            "birds.yaml, ",
        ),
    ],
)
def test_a_table_of_birds_that_does_not_fit(
    change: dict[str, object], message: str, tmp_path: Path
) -> None:
    made = make(TABLE | change, tmp_path)
    assert made.returncode == 2
    assert made.stderr.startswith(message)
    assert not (tmp_path / "birds.yaml").exists()


def test_no_percentage_of_the_research_data_set_is_kept_here() -> None:
    kept = {path.name for path in SCRIPT.parent.iterdir() if path.is_file()}
    assert kept == {"README.md", "make_system.py", "wordings.yaml"}
