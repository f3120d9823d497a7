import os
from pathlib import Path

import pytest

from twentyq.errors import SystemFileError
from twentyq.system.files import MAX_BYTES, read_text


def refusal(path: Path) -> str:
    with pytest.raises(SystemFileError) as caught:
        read_text(path)
    return str(caught.value)


def test_text_is_read_without_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("\ufeffname: δ".encode())
    assert read_text(tmp_path / "a") == "name: δ"


def test_a_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    assert refusal(path) == (
        f"{path}: there is no such file\n"
        "  to mend: check the spelling, and the folder that you are in"
    )


def test_a_folder(tmp_path: Path) -> None:
    assert refusal(tmp_path).startswith(f"{tmp_path}: this is a folder, not a file\n")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "pipe: this is not an ordinary file\n" in refusal(tmp_path / "pipe")


def test_text_that_is_not_utf_8(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes("name: a\nabout: é".encode("latin-1"))
    assert refusal(tmp_path / "latin") == (
        f"{tmp_path / 'latin'}, line 2: the file is not UTF-8 text\n"
        "  got: the byte 0xe9\n  to mend: save it as UTF-8"
    )
    (tmp_path / "utf-16").write_bytes("name: a".encode("utf-16"))
    assert "got: the byte 0xff" in refusal(tmp_path / "utf-16")


def test_a_huge_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(MAX_BYTES * 10_000)
    assert "huge: this is too large for a system file\n  got: more than 1,000,000 bytes" in refusal(
        tmp_path / "huge"
    )


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b"])
def test_a_name_that_no_file_can_have(name: str) -> None:
    assert ": the file cannot be read: " in refusal(Path(name))
