import dataclasses
import sys
from pathlib import Path

import pytest

from tests.training import packages
from twentyq.errors import TrainingError
from twentyq.training.fetch import fetch_all, obtain, unpack
from twentyq.training.sources import Source

FILES = {"LICENSE": packages.LICENCE, "data/a.txt": "whole"}


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of the search path for programs, and the environment's own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    return folder


def stand_in(tool: Path, script: str) -> None:
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)


@pytest.fixture
def there(tmp_path: Path) -> tuple[Source, Path]:
    """A package of npm, and where a registry has it."""
    archive = packages.npm_archive(tmp_path / "registry" / "x-1.0.tgz", FILES)
    return packages.source(archive, name="@sets/x"), archive


def test_the_registry_s_tool_is_asked_once_and_by_version(there, tools, tmp_path):
    source, archive = there
    stand_in(tools / "npm", f'echo "$@" > {tmp_path}/asked; /bin/cp {archive} .')
    work = tmp_path / "work"
    folder = fetch_all([source], work).folders[source]
    assert (folder / "data/a.txt").read_text() == "whole"
    assert (tmp_path / "asked").read_text() == "pack --silent @sets/x@1.0\n"
    (tools / "npm").unlink()
    assert fetch_all([source], work).folders == {source: folder}


@pytest.mark.parametrize(
    ("registry", "tool", "asked"),
    [
        ("pypi", "pip", "download --quiet --no-deps --only-binary=:all: x==1.0"),
        ("debian", "apt-get", "download -q x=1.0"),
    ],
)
def test_other_registries_have_their_own_tools(registry, tool, asked, there, tools, tmp_path):
    source, archive = there
    stand_in(tools / tool, f'echo "$@" > {tmp_path}/asked; /bin/cp {archive} .')
    obtain(dataclasses.replace(source, registry=registry, name="x"), tmp_path / "work")
    assert (tmp_path / "asked").read_text() == f"{asked}\n"


def test_a_missing_tool_is_named_and_the_file_can_be_carried_over(there, tools, tmp_path):
    source, archive = there
    with pytest.raises(TrainingError) as error:
        fetch_all([source], tmp_path / "work")
    downloads = tmp_path / "work" / "downloads"
    assert str(error.value).splitlines() == [
        "npm package @sets/x 1.0: npm is not on this machine",
        f"  to mend: install npm, or put x-1.0.tgz, fetched elsewhere, into {downloads}",
    ]
    archive.replace(downloads / archive.name)
    assert fetch_all([source], tmp_path / "work").left_out == {}


def test_a_tool_that_fails_is_quoted(there, tools, tmp_path):
    stand_in(tools / "npm", "echo 'no such version' >&2; exit 1")
    with pytest.raises(TrainingError, match="`npm pack` did not deliver\n  got: 'no such version'"):
        obtain(there[0], tmp_path / "work")
    assert list((tmp_path / "work/downloads").iterdir()) == []


def test_pip_is_found_beside_the_python_that_runs(there, tools, tmp_path, monkeypatch):
    source, archive = there
    stand_in(tools / "pip", f"/bin/cp {archive} .")
    monkeypatch.setenv("PATH", "")
    assert obtain(dataclasses.replace(source, registry="pypi"), tmp_path / "work").is_file()


def test_another_file_is_refused(there, tools, tmp_path):
    stand_in(tools / "npm", "echo > y-2.0.tgz")
    with pytest.raises(TrainingError, match="not the expected file") as error:
        obtain(there[0], tmp_path / "work")
    assert error.value.got == "['y-2.0.tgz']"
    assert error.value.allowed == "x-1.0.tgz"


def test_a_package_that_can_be_done_without_is_left_out_with_the_reason(there, tools, tmp_path):
    source = dataclasses.replace(there[0], registry="debian")
    fetched = fetch_all([source], tmp_path / "work")
    assert fetched.folders == {}
    assert "apt-get is not on this machine" in fetched.left_out[source]
    assert "put x-1.0.tgz, fetched elsewhere, into" in fetched.left_out[source]


def test_a_changed_package_is_never_trained_on_not_even_an_optional_one(there, tools, tmp_path):
    source = dataclasses.replace(there[0], registry="debian")
    packages.npm_archive(tmp_path / "work/downloads/x-1.0.tgz", {**FILES, "data/a.txt": "more"})
    with pytest.raises(TrainingError, match="the SHA-256 is not the one") as error:
        fetch_all([source], tmp_path / "work")
    assert error.value.allowed == source.sha256
    assert error.value.where == str(tmp_path / "work/downloads/x-1.0.tgz")


def test_a_licence_that_changed_stops_the_training(there, tmp_path):
    source, archive = there
    other = dataclasses.replace(source, licence_sha256="0" * 64)
    with pytest.raises(TrainingError, match="the SHA-256 is not the one") as error:
        unpack(other, archive, tmp_path)
    assert error.value.where is not None
    assert error.value.where.endswith("LICENSE")


def test_a_licence_that_is_gone_stops_the_training(there, tmp_path):
    source, archive = there
    folder = unpack(source, archive, tmp_path)
    (folder / "LICENSE").unlink()
    with pytest.raises(TrainingError, match="lacks the file that grants its licence") as error:
        unpack(source, archive, tmp_path)
    assert str(folder) in str(error.value.mend)


def test_wheels_and_debian_packages_are_unpacked_whole(tmp_path):
    for archive in (
        packages.wheel(tmp_path / "x-1.0-py3-none-any.whl", FILES),
        packages.deb(tmp_path / "x_1%3a1.0_all.deb", FILES),
    ):
        source = packages.source(archive, version=f"1:{archive.suffix[1:]}")
        folder = unpack(source, archive, tmp_path / "work")
        assert (folder / "data/a.txt").read_text() == "whole"
        assert ":" not in folder.name


def test_a_debian_package_without_data_is_told(tmp_path):
    archive = tmp_path / "x.deb"
    archive.write_bytes(b"!<arch>\n")
    with pytest.raises(TrainingError, match="this Debian package holds no data"):
        unpack(packages.source(archive), archive, tmp_path)
