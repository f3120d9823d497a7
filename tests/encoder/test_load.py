from __future__ import annotations

from pathlib import Path

import pytest

from twentyq.encoder import load_encoder
from twentyq.errors import EncoderError, UsageError


def refusal(name: str, **settings: object) -> str:
    with pytest.raises(EncoderError) as caught:
        load_encoder(name, **settings)  # type: ignore[arg-type]  # settings of several types
    return str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "bulitin",
        "./nowhere",
        "../no/where",
        "~/nowhere",
        "/nowhere",
        "a/b/c",
        "a\x00b",
        "~nobody-at-all/x",
    ],
)
def test_a_name_that_is_nothing_lists_the_forms(name: str) -> None:
    message = refusal(name)
    assert "there is no such encoder" in message
    assert "allowed: builtin, a folder, a hub id (org/name), python:package.module" in message


def test_a_name_is_shown_escaped_and_short() -> None:
    message = refusal("\x1b[2J" + "x" * 5000)
    assert "\x1b" not in message
    assert len(message) < 700


def test_a_file_is_told_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"")
    message = refusal(str(tmp_path / "model.safetensors"))
    assert "the encoder is a file, not a folder" in message
    assert "name the folder that holds config.json" in message


def test_a_folder_has_no_revision(tmp_path: Path) -> None:
    for name in (str(tmp_path), "builtin"):
        with pytest.raises(
            UsageError, match=r"--revision: a folder has no revisions\n  got: 'main'"
        ):
            load_encoder(name, revision="main")


@pytest.mark.parametrize("batch_size", [0, -3])
def test_a_batch_needs_a_picture(batch_size: int) -> None:
    with pytest.raises(UsageError, match=r"--batch-size: a batch needs a picture"):
        load_encoder("builtin", batch_size=batch_size)


def test_devices_and_number_types_are_checked_first() -> None:
    assert "--device: this machine has no such device" in refusal("builtin", device="tpu")
    assert "--dtype: no such number type" in refusal("builtin", dtype="float8")
