import io
import sys
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

from tests.encoder.tiny_models import save_clip
from twentyq.cli import main


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


@pytest.fixture
def twentyq(capsys, monkeypatch):
    """Run the command line in this process, as the console script does."""

    def run(*arguments, stdin=""):
        monkeypatch.setattr(sys, "argv", ["twentyq", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return Ran(left.value.code or 0, out, err)

    return run


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clip")
    save_clip(folder)
    return folder


@pytest.fixture
def with_clip(monkeypatch, clip_folder):
    """Make a small random CLIP the encoder, which loads sooner than the builtin one."""
    monkeypatch.setenv("TWENTYQ_ENCODER", str(clip_folder))


SYSTEM = """\
name: things
groups:
  colour:
    prompt: "It is {}."
    options: [red, green, blue]
  texture:
    prompt: "It looks {}."
    options: [noisy, plain]
classes:
  brick: {colour: red, texture: noisy}
  apple: {colour: red, texture: plain}
  grass: {colour: green, texture: noisy}
  leaf: {colour: green, texture: plain}
  sea: {colour: blue, texture: noisy}
  sky: {colour: blue, texture: plain}
"""


@pytest.fixture
def things(tmp_path, monkeypatch):
    """A system file, and a folder of six pictures in folders named after its classes."""
    (tmp_path / "things.yaml").write_text(SYSTEM)
    rng = np.random.default_rng(0)
    for number, name in enumerate(["brick", "apple", "grass", "leaf", "sea", "sky"]):
        folder = tmp_path / "pictures" / name
        folder.mkdir(parents=True)
        pixels = rng.integers(0, 256, size=(16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def until_closed(terminal):
    """Give what a process prints on a terminal, until it has closed its end."""
    try:
        while some := terminal.read(4096):
            yield some
    except OSError:  # how Linux tells that nobody holds the other end
        return
