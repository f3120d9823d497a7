from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.encoder.tiny_models import save_clip
from twentyq.encoder import builtin_weights, load_encoder
from twentyq.encoder.builtin_weights import FOLDER, LIST, verified_identity, write_checksums
from twentyq.encoder.identity import folder_identity
from twentyq.errors import EncoderError

MEGABYTE = 1_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "builtin"
    save_clip(folder)
    write_checksums(folder)
    return folder


def refusal(folder: Path) -> str:
    with pytest.raises(EncoderError) as caught:
        verified_identity(folder)
    return str(caught.value)


def test_what_ships_is_whole_and_small() -> None:
    assert verified_identity(FOLDER) == folder_identity(FOLDER)
    assert (FOLDER / "model.safetensors").stat().st_size <= 45 * MEGABYTE
    assert (FOLDER / "MODEL_CARD.md").is_file()


def test_what_ships_is_what_builtin_loads() -> None:
    encoder = load_encoder("builtin", device="cpu")
    assert encoder.name == "builtin"
    assert encoder.identity == verified_identity(FOLDER)


def test_the_list_can_be_checked_by_sha256sum(folder: Path) -> None:
    command = ["sha256sum", "--check", "--strict", "--quiet", LIST]
    assert subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout == b""
    (folder / "config.json").write_text("{}")
    assert subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode == 1


@pytest.mark.parametrize("place", [0, -1])
def test_one_byte_of_the_weights_is_enough(folder: Path, place: int) -> None:
    weights = folder / "model.safetensors"
    content = bytearray(weights.read_bytes())
    before = hashlib.sha256(content).hexdigest()
    content[place] ^= 1
    weights.write_bytes(content)
    assert refusal(folder) == (
        f"builtin encoder, {weights}: the file is damaged, cut short, or of another version\n"
        f"  got: {len(content):,} bytes of SHA-256 {hashlib.sha256(content).hexdigest()}\n"
        f"  allowed: SHA-256 {before}, as SHA256SUMS says\n"
        "  to mend: install twentyq again, or restore the folder with git; "
        "meanwhile, --encoder takes a folder or a hub id (org/name)"
    )


@pytest.mark.parametrize("n_bytes", [0, 1000])
def test_a_file_cut_short_is_refused_with_its_size(folder: Path, n_bytes: int) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:n_bytes])
    message = refusal(folder)
    assert f"{weights}: the file is damaged, cut short" in message
    assert f"got: {n_bytes:,} bytes" in message


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    message = refusal(folder)
    assert f"builtin encoder, {folder / name}: the file is missing" in message
    assert "to mend: install twentyq again" in message


def test_a_git_lfs_pointer_is_known_for_what_it_is(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    message = refusal(folder)
    assert f"{weights}: the file is a pointer of git-lfs, not what it points to" in message
    assert "to mend: fetch it with `git lfs pull`" in message


def test_a_file_more_is_refused_where_it_could_change_vectors(folder: Path) -> None:
    expected = verified_identity(folder)
    (folder / "MODEL_CARD.md").write_text("# A card")
    verified_identity.cache_clear()
    assert verified_identity(folder) == expected
    verified_identity.cache_clear()
    (folder / "added_tokens.json").write_text("{}")
    message = refusal(folder)
    assert f"{folder / 'added_tokens.json'}: the file is not listed in SHA256SUMS" in message
    assert "to mend: remove it, or install twentyq again" in message


def test_a_file_that_the_list_lost_is_refused(folder: Path) -> None:
    lines = (folder / LIST).read_text().splitlines(keepends=True)
    (folder / LIST).write_text("".join(lines[:-1]))
    assert "tokenizer_config.json: the file is not listed in SHA256SUMS" in refusal(folder)


def test_a_missing_list_is_refused(folder: Path) -> None:
    (folder / LIST).unlink()
    assert f"{folder / LIST}: the list of checksums is missing" in refusal(folder)


def test_an_empty_list_is_refused(folder: Path) -> None:
    (folder / LIST).write_text("")
    assert "the list of checksums is empty" in refusal(folder)


DIGEST = "0" * 64


@pytest.mark.parametrize(
    "line",
    [
        "",
        "config.json",
        f"{DIGEST[1:]}  config.json",
        f"{DIGEST[1:]}G  config.json",
        f"{DIGEST} config.json",
        f"{DIGEST}  ",
        f"{DIGEST}  first.json",
        "<html>\x1b[2J" + "x" * 5000,
    ],
)
def test_a_line_that_is_none_is_shown(folder: Path, line: str) -> None:
    (folder / LIST).write_text(f"{DIGEST}  first.json\n{line}\n")
    message = refusal(folder)
    assert f"{folder / LIST}, line 2: the list of checksums cannot be understood" in message
    assert "allowed: 64 hexadecimal digits, two spaces and the name of a file" in message
    assert "\x1b" not in message
    assert len(message) < 800


def test_a_list_that_is_no_text_is_refused(folder: Path) -> None:
    (folder / LIST).write_bytes(b"\xff\xfe\x00")
    assert "the list of checksums is not text\n  got: UnicodeDecodeError" in refusal(folder)


def test_a_file_that_cannot_be_read_is_an_encoder_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(hashlib, "file_digest", refuse)
    assert "a file cannot be read\n  got: PermissionError" in refusal(folder)


def test_every_byte_is_read_once_per_process(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    real = hashlib.file_digest

    def noting(stream: Any, algorithm: str) -> Any:
        hashed.append(Path(stream.name).name)
        return real(stream, algorithm)

    monkeypatch.setattr(hashlib, "file_digest", noting)
    monkeypatch.setattr(builtin_weights, "FOLDER", folder)
    first, second = (load_encoder("builtin", device="cpu").identity for _ in range(2))
    assert first == second
    assert sorted(hashed) == sorted(
        line.split()[1] for line in (folder / LIST).read_text().splitlines()
    )


def test_other_weights_of_equal_size_and_time_have_another_identity(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builtin_weights, "FOLDER", folder)
    before = load_encoder("builtin", device="cpu")
    stat = (folder / "model.safetensors").stat()
    save_clip(folder, seed=1)
    os.utime(folder / "model.safetensors", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    write_checksums(folder)
    verified_identity.cache_clear()  # the next process
    after = load_encoder("builtin", device="cpu")
    assert (folder / "model.safetensors").stat().st_size == stat.st_size
    assert after.identity != before.identity
