from __future__ import annotations

import contextlib
import os
import threading
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.encoder.drawing import noise, png, saved
from twentyq.encoder import open_picture, pictures
from twentyq.encoder.pictures import FORMATS, MAX_ASPECT, within_aspect
from twentyq.errors import PictureError

RED, GREEN, BLUE = (255, 0, 0), (0, 128, 0), (0, 0, 255)


def refusal(source: Path | bytes) -> str:
    with pytest.raises(PictureError) as caught:
        open_picture(source)
    assert caught.value.exit_code == 3
    if isinstance(source, Path):
        assert str(source) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind != "MPO"])
def test_every_allowed_format_is_read(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(saved(Image.new("RGB", (32, 16), RED), kind))
    picture = open_picture(path)
    assert (picture.mode, picture.size) == ("RGB", (32, 16))
    assert np.abs(np.asarray(picture).astype(int) - RED).max() < 12


def test_phone_pictures_of_several_views_give_the_first() -> None:
    views = saved(Image.new("RGB", (8, 8), RED), "MPO", save_all=True, append_images=[noise(8, 8)])
    assert np.asarray(open_picture(views))[0, 0, 0] > 240


@pytest.mark.parametrize("kind", ["ICO", "PPM", "TGA", "PCX", "SGI", "EPS"])
def test_other_formats_are_refused_and_the_allowed_listed(kind: str) -> None:
    message = refusal(saved(Image.new("RGB", (16, 16)), kind))
    assert "not a picture, or damaged at its very start" in message
    assert f"allowed: {', '.join(FORMATS)}" in message


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_of_the_camera_is_applied(orientation: int) -> None:
    upright = Image.new("RGB", (40, 20), BLUE)
    upright.paste(RED, (0, 0, 20, 10))
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    for kind in sorted(set(FORMATS) - {"GIF", "BMP"}):
        picture = open_picture(saved(stored, kind, exif=exif.tobytes(), quality=95))
        assert picture.size == upright.size, kind
        assert np.abs(np.asarray(picture).astype(int) - np.asarray(upright)).mean() < 5, kind


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_an_animation_gives_its_first_frame(kind: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, BLUE)]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    assert open_picture(data).getpixel((3, 3)) == RED


@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind != "MPO"])
@pytest.mark.parametrize("kept", [0.02, 0.5, 0.9])
def test_a_picture_cut_short_is_an_error(kind: str, kept: float, tmp_path: Path) -> None:
    path = tmp_path / "cut"
    content = saved(noise(), kind)
    path.write_bytes(content[: int(len(content) * kept)])
    message = refusal(path)
    assert "cannot be decoded" in message or "damaged at its very start" in message
    assert "to mend: " in message


def test_a_progressive_picture_without_its_last_scans_is_an_error() -> None:
    # Its first scans already show all of it, only coarsely.
    content = saved(noise(200, 100), "JPEG", progressive=True, quality=95)
    assert open_picture(content).size == (200, 100)
    assert "cannot be decoded" in refusal(content[: len(content) * 3 // 4])


@settings(max_examples=60, deadline=None)
@given(data=st.data(), kind=st.sampled_from(FORMATS))
def test_a_damaged_file_is_a_picture_or_a_picture_error(data: st.DataObject, kind: str) -> None:
    content = bytearray(saved(noise(16, 12), kind))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    # Any other exception, or a warning, fails the test.
    with contextlib.suppress(PictureError):
        assert open_picture(bytes(content)).mode == "RGB"


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    assert "the file is empty" in refusal(tmp_path / "empty.png")
    assert "the file is empty" in refusal(b"")


def test_text_with_the_name_of_a_picture(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("This is no picture.")
    assert "not a picture" in refusal(tmp_path / "text.png")


def test_a_folder_with_the_name_of_a_picture(tmp_path: Path) -> None:
    (tmp_path / "x.png").mkdir()
    message = refusal(tmp_path / "x.png")
    assert "not a picture file\n  got: a folder\n  allowed: a regular file" in message


def test_a_missing_file(tmp_path: Path) -> None:
    assert "cannot be read\n  got: No such file" in refusal(tmp_path / "no.png")
    assert "cannot be read" in refusal(tmp_path / ("x" * 5000))


def test_a_name_that_no_file_has() -> None:
    with pytest.raises(PictureError) as caught:
        open_picture("a\x00\x1b.png")
    assert "'a\\x00\\x1b.png': the file cannot be read" in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "secret.png"
    path.write_bytes(saved(noise(), "PNG"))
    path.chmod(0)
    assert "cannot be read\n  got: Permission denied" in refusal(path)


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    messages: list[str] = []
    reader = threading.Thread(
        target=lambda: messages.append(refusal(tmp_path / "pipe.png")), daemon=True
    )
    reader.start()
    reader.join(10)
    assert "got: a pipe, socket or device" in messages[0]


def test_a_device_is_refused() -> None:
    assert "got: a pipe, socket or device" in refusal(Path(os.devnull))


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.png").write_bytes(saved(noise(), "PNG"))
    (tmp_path / "link.png").symlink_to(tmp_path / "real.png")
    assert open_picture(tmp_path / "link.png").size == (64, 48)
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    assert "cannot be read" in refusal(tmp_path / "loop.png")


def test_a_file_too_large_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    with path.open("wb") as stream:
        stream.truncate(pictures.MAX_BYTES + 1)  # sparse: no disk is used
    message = refusal(path)
    assert f"too large\n  got: {pictures.MAX_BYTES + 1} bytes" in message


@pytest.mark.parametrize(
    ("width", "height"), [(20_000, 20_000), (10_001, 10_000), (2**31 - 1, 2**31 - 1)]
)
def test_a_bomb_is_refused_before_it_is_decoded(
    width: int, height: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decoded(self: Image.Image) -> None:
        raise AssertionError("the picture was decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decoded)
    rows = zlib.compress(bytes(min(width // 8 + 1, 3000) * 1000), 9)
    path = tmp_path / "bomb.png"
    path.write_bytes(png(width, height, 1, 0, rows))
    assert path.stat().st_size < 10_000
    message = refusal(path)
    assert "too many pixels" in message
    assert "allowed: at most 100 million pixels" in message


def test_a_picture_at_the_limit_is_read() -> None:
    rows = zlib.compress(bytes((10_000 // 8 + 1) * 10_000))
    assert open_picture(png(10_000, 10_000, 1, 0, rows)).size == (10_000, 10_000)


@pytest.mark.parametrize("size", [(1, 1), (1, 20_000), (20_000, 1)])
def test_extreme_shapes_are_read(size: tuple[int, int]) -> None:
    assert open_picture(saved(Image.new("RGB", size, RED), "PNG")).size == size


def test_lack_of_memory_is_a_picture_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(self: Image.Image) -> None:
        raise MemoryError

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", exhausted)
    assert "cannot be decoded\n  got: MemoryError" in refusal(saved(noise(), "PNG"))


def test_a_name_is_given_to_bytes() -> None:
    with pytest.raises(PictureError, match=r"^row 7: the file is empty"):
        open_picture(b"", name="row 7")


@given(width=st.integers(1, 400), height=st.integers(1, 400))
def test_only_the_ends_of_a_strip_are_cut_away(width: int, height: int) -> None:
    picture = Image.new("RGB", (width, height))
    cut = within_aspect(picture)
    assert max(cut.size) <= MAX_ASPECT * min(cut.size)
    assert min(cut.size) == min(picture.size)
    if max(picture.size) <= MAX_ASPECT * min(picture.size):
        assert cut is picture


def test_the_middle_of_a_strip_is_kept() -> None:
    strip = Image.new("RGB", (101, 1), RED)
    strip.putpixel((50, 0), BLUE)
    cut = within_aspect(strip)
    assert cut.size == (16, 1)
    assert BLUE in [cut.getpixel((x, 0)) for x in (7, 8)]
