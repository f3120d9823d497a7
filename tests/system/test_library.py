import json
from pathlib import Path

import pytest

from tests.system.samples import GOOD
from twentyq.errors import SystemFileError, UsageError
from twentyq.system import available_systems, load_system, parse_system


def test_every_system_that_comes_along_loads_under_its_name() -> None:
    systems = available_systems()
    assert [name for name, _ in systems] == ["animals", "flags", "pokemon", "pokemon-177"]
    assert [load_system(name).name for name, _ in systems] == [name for name, _ in systems]


def test_a_file_is_loaded_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "a.JSON").write_text(json.dumps({"name": "j"}), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert load_system("a.yaml") == load_system(tmp_path / "a.yaml") == parse_system(GOOD)
    with pytest.raises(SystemFileError, match=r"^a\.JSON, line 1, groups: this key is missing"):
        load_system("a.JSON")


def test_a_name_is_not_taken_for_a_file_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pokemon").write_text(GOOD, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert load_system("pokemon").name == "pokemon"


def test_an_unknown_name() -> None:
    with pytest.raises(UsageError) as caught:
        load_system("pokemn")
    assert str(caught.value) == (
        "there is no system of this name\n  got: 'pokemn'\n"
        "  allowed: animals, flags, pokemon, pokemon-177,"
        " or the path of a .yaml, .yml, .json file\n"
        "  to mend: did you mean 'pokemon'?"
    )
    with pytest.raises(UsageError, match="to mend: to name a file, give its path with the ending"):
        load_system("birds")


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "system.py"
    path.write_text("x = 1", encoding="utf-8")
    with pytest.raises(SystemFileError) as caught:
        load_system(path)
    assert str(caught.value) == (
        f"{path}: a system file is known by its ending\n  got: '.py'\n"
        "  allowed: .yaml, .yml, .json\n"
        "  to mend: rename the file; Python dictionaries are read by `twentyq system import`"
    )


@pytest.mark.parametrize("path", [".", "./missing.yaml", "x" * 5000 + ".yaml"])
def test_a_path_to_nothing(path: str) -> None:
    with pytest.raises(SystemFileError):
        load_system(path)
