from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from twentyq.encoder.cache import cache_folder
from twentyq.encoder.identity import folder_identity
from twentyq.errors import EncoderError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    for name in ("model.safetensors", "config.json", "tokenizer.json", "README.md"):
        (folder / name).write_text(f"content of {name}")
    return folder


def test_it_is_that_of_the_contents_wherever_they_lie(folder: Path, tmp_path: Path) -> None:
    identity = folder_identity(folder)
    assert identity.startswith("sha256:")
    assert len(identity) == 71
    assert folder_identity(Path(shutil.copytree(folder, tmp_path / "elsewhere"))) == identity


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
def test_it_changes_with_every_decisive_file(folder: Path, name: str) -> None:
    before = folder_identity(folder)
    (folder / name).write_text("other")
    assert folder_identity(folder) != before


def test_it_changes_with_a_file_more_or_a_file_renamed(folder: Path) -> None:
    first = folder_identity(folder)
    (folder / "merges.txt").write_text("a b")
    second = folder_identity(folder)
    (folder / "merges.txt").rename(folder / "vocab.txt")
    assert len({first, second, folder_identity(folder)}) == 3


def test_it_is_blind_to_what_does_not_change_vectors(folder: Path) -> None:
    before = folder_identity(folder)
    (folder / "README.md").write_text("other")
    (folder / ".git").mkdir()
    (folder / ".git" / "config.txt").write_text("other")
    assert folder_identity(folder) == before


def test_a_second_start_hashes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = []
    real = hashlib.file_digest

    def noting(stream: Any, algorithm: str) -> Any:
        hashed.append(Path(stream.name).name)
        return real(stream, algorithm)

    monkeypatch.setattr(hashlib, "file_digest", noting)
    first = folder_identity(folder)
    assert sorted(hashed) == ["config.json", "model.safetensors", "tokenizer.json"]
    hashed.clear()
    assert folder_identity(folder) == first
    assert hashed == []


def test_a_new_time_is_hashed_again(folder: Path) -> None:
    before = folder_identity(folder)
    weights = folder / "model.safetensors"
    stat = weights.stat()
    weights.write_text("tampered content.....................")
    os.truncate(weights, stat.st_size)
    os.utime(weights, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    assert folder_identity(folder) != before


@pytest.mark.parametrize("content", ["", "sha256:short", "\x00" * 71])
def test_a_damaged_memory_is_not_believed(folder: Path, content: str) -> None:
    identity = folder_identity(folder)
    (memo,) = (cache_folder() / "identities").iterdir()
    memo.write_text(content)
    assert folder_identity(folder) == identity


def test_a_cache_that_cannot_be_used_costs_time_only(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    expected = folder_identity(folder)
    monkeypatch.setenv("TWENTYQ_CACHE", str(tmp_path / "file" / "cache"))
    assert folder_identity(folder) == expected


def test_a_file_that_cannot_be_read_is_an_encoder_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(hashlib, "file_digest", refuse)
    with pytest.raises(EncoderError, match=r"cannot be read\n  got: PermissionError"):
        folder_identity(folder)


def test_the_cache_folder_is_the_users_unless_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWENTYQ_CACHE", "")
    assert cache_folder().name == "twentyq"
    monkeypatch.setenv("TWENTYQ_CACHE", "kept/here")
    assert cache_folder() == Path("kept/here")
    monkeypatch.setenv("TWENTYQ_CACHE", "~/kept")
    assert cache_folder() == Path.home() / "kept"
    monkeypatch.setenv("TWENTYQ_CACHE", "~nobody-at-all/kept")
    assert cache_folder() == Path("~nobody-at-all/kept")
