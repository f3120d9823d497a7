"""`systems/pokemon-177.yaml`: as its command makes it, and what its four groups can tell apart."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from twentyq.system import System, load_system

SCRIPT = REPOSITORY / "examples" / "pokemon-177" / "make_system.py"
HEADER = "species,color,shape,habitat,types"


@pytest.fixture(scope="module")
def system() -> System:
    return load_system("pokemon-177")


def make(table: Path, system: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), str(table), str(system)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


def written(folder: Path, *lines: str) -> Path:
    table = folder / "attributes.csv"
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return table


def test_the_command_makes_the_file_that_comes_along(shared: Path, tmp_path: Path) -> None:
    made = make(shared / "data" / "pokemon-177" / "attributes.csv", tmp_path / "made.yaml")
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")
    shipped = (REPOSITORY / "systems" / "pokemon-177.yaml").read_bytes()
    assert (tmp_path / "made.yaml").read_bytes() == shipped


def test_folders_of_pictures_are_its_labels(shared: Path, system: System) -> None:
    folders = {path.name for path in (shared / "data" / "pokemon-177").iterdir() if path.is_dir()}
    assert folders <= set(map(system.label_of, system.classes))


def test_its_size(system: System) -> None:
    assert len(system.classes) == 177
    assert {group.name: len(group.options) for group in system.groups} == {
        "color": 10,
        "shape": 13,
        "habitat": 9,
        "types": 18,
    }


def test_every_option_holds_for_some_species(system: System) -> None:
    for group in system.groups:
        used = {option for rules in system.rules.values() for option in rules.get(group.name, {})}
        assert used == set(group.options), group.name


def test_two_types_are_each_as_likely_and_an_unknown_habitat_is_left_out(system: System) -> None:
    assert system.rules["aerodactyl"]["types"] == {"flight and wind": 0.5, "rock": 0.5}
    without = [name for name in system.classes if "habitat" not in system.rules[name]]
    assert without == ["darkrai", "furfrou", "mimikyu", "oricorio", "rotom"]


def test_armor_is_the_body_of_an_insect_or_crab(system: System) -> None:
    armored = [
        name
        for name in system.classes
        if system.rules[name]["shape"] == {"an insect or a crab in a hard shell": 1.0}
    ]
    assert armored == ["corphish", "crawdaunt", "trapinch"]


def test_the_species_that_it_cannot_tell_apart_are_accepted(system: System) -> None:
    assert system.accepts["tie"] == system.tie_sets
    assert len(system.tie_sets) == 25
    assert sum(map(len, system.tie_sets)) == 57


def test_the_licence_of_the_table_comes_along() -> None:
    head = (REPOSITORY / "systems" / "pokemon-177.yaml").read_text("utf-8").split("\nname:")[0]
    said = " ".join(line.removeprefix("#").strip() for line in head.splitlines())
    assert "2013–2023 Paul Hallett and PokéAPI contributors" in said
    assert "Redistributions of source code must retain the above copyright notice" in said


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            ["species,color,shape,types", "abra,brown,upright,psychic"],
            "{}, line 1: the table has no column habitat\n  got: 'species,color,shape,types'\n"
            f"  allowed: {HEADER}\n  to mend: write the names of the columns on the first line\n",
        ),
        (
            [HEADER, "abra,brown,upright,urban,psychic", "mew,pink,upright,moon,psychic"],
            "{}, line 3, habitat: this value has no wording\n  got: 'moon'\n"
            "  allowed: cave, forest, grassland, mountain, rare, rough-terrain, sea, urban,"
            " waters-edge\n  to mend: give it one in wordings.yaml, or correct the table\n",
        ),
        (
            [HEADER, "abra,brown,upright,urban,psychic", "abra,pink,upright,rare,psychic"],
            "{}, line 3: a species stands twice\n  got: 'abra'\n"
            "  to mend: take one of the two lines out\n",
        ),
    ],
)
def test_a_table_that_does_not_fit(lines: list[str], message: str, tmp_path: Path) -> None:
    table = written(tmp_path, *lines)
    made = make(table, tmp_path / "made.yaml")
    assert (made.returncode, made.stderr) == (2, message.format(table))
    assert not (tmp_path / "made.yaml").exists()


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    made = make(tmp_path / "attributes.csv", tmp_path / "made.yaml")
    assert made.returncode == 2
    assert made.stderr.startswith(f"{tmp_path / 'attributes.csv'}: there is no such file\n")


def test_a_type_named_twice_counts_once(tmp_path: Path) -> None:
    table = written(
        tmp_path, HEADER, "abra,brown,upright,urban,psychic|psychic", "mew,pink,upright,,psychic"
    )
    assert make(table, tmp_path / "made.yaml").stderr == ""
    made = load_system(tmp_path / "made.yaml")
    assert made.rules["abra"]["types"] == {"the mind": 1.0}
