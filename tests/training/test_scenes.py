import numpy as np
import pytest
import torch

from twentyq.training import colours
from twentyq.training.backgrounds import BLOOMS, SCENES, TREES
from twentyq.training.scenes import load_bank, paint_bank
from twentyq.training.views import SIZE

N = 2 * len(SCENES) + 1
ASKED_FOR = [*TREES, *BLOOMS]


def drawings(colour: tuple[int, int, int]) -> np.ndarray:
    """One opaque square for each name asked for."""
    return np.full((len(ASKED_FOR), 16, 16, 4), (*colour, 255), np.uint8)


RED, BLUE = drawings((255, 0, 0)), drawings((0, 0, 255))


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    file = tmp_path_factory.mktemp("scenes") / "scenes.npy"
    paint_bank(file, N, 3, RED, ASKED_FOR)
    return file


def test_scenes_of_all_kinds_are_painted_in_turn(file):
    bank = load_bank(file, torch.device("cpu"))
    assert bank.rgb.shape == (N, SIZE, SIZE, 3)
    assert bank.rgb.dtype == torch.uint8
    assert bank.kind.tolist() == [*range(len(SCENES)), *range(len(SCENES)), 0]
    assert bank.n_kinds == len(SCENES)
    assert len(torch.unique(bank.rgb, dim=0)) == N, "no two alike"


def test_a_bank_is_painted_once(file):
    before = file.stat().st_mtime_ns
    paint_bank(file, N + 1, 4, RED, ASKED_FOR)
    assert file.stat().st_mtime_ns == before
    assert [one.name for one in file.parent.iterdir()] == ["scenes.npy"]


def test_the_seed_decides(file, tmp_path):
    for name, seed in (("again", 3), ("other", 4)):
        paint_bank(tmp_path / f"{name}.npy", N, seed, RED, ASKED_FOR)
    first, again, other = (
        np.load(f) for f in (file, tmp_path / "again.npy", tmp_path / "other.npy")
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_drawings_stand_in_the_scenes_that_ask_for_them(file, tmp_path):
    paint_bank(tmp_path / "blue.npy", N, 3, BLUE, ASKED_FOR)
    changed = (np.load(file) != np.load(tmp_path / "blue.npy")).any((1, 2, 3))
    kinds = {SCENES[row % len(SCENES)] for row in changed.nonzero()[0]}
    assert "flowers" in kinds
    assert kinds.isdisjoint({"plain", "space", "lines", "underwater"})


def test_drawings_that_no_scene_asks_for_change_nothing(tmp_path):
    for name, rgba in (("red", RED), ("blue", BLUE)):
        paint_bank(tmp_path / f"{name}.npy", N, 3, rgba, ["anvil"] * len(rgba))
    assert np.array_equal(np.load(tmp_path / "red.npy"), np.load(tmp_path / "blue.npy"))


def test_colours_are_the_shares_of_the_pixels(tmp_path):
    green, black = (colours.reference()[colours.NAMES.index(name)] for name in ("green", "black"))
    scene = np.empty((1, SIZE, SIZE, 3), np.uint8)
    scene[:, : SIZE // 2], scene[:, SIZE // 2 :] = (green * 255).round(), (black * 255).round()
    np.save(tmp_path / "scenes.npy", scene)
    shares = load_bank(tmp_path / "scenes.npy", torch.device("cpu")).colour[0]
    found = {colours.NAMES[i]: float(shares[i]) for i in shares.nonzero()[:, 0]}
    # Black counts less, for drawings are outlined in it.
    assert found == pytest.approx({"green": 1 / 1.6, "black": 0.6 / 1.6}, abs=0.01)
