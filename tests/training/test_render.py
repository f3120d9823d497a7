import json

import numpy as np
import pytest

from tests.training.packages import ROUND, TALL
from twentyq.errors import TrainingError
from twentyq.training import render
from twentyq.training.icons import IconDrawing
from twentyq.training.raster import rasterize
from twentyq.training.render import join_banks, render_style

pytest.importorskip("resvg_py", reason="needs resvg-py, of the extra `train`")


def drawing(name: str, body: str, style: str = "noto") -> IconDrawing:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">{body}</svg>'
    return IconDrawing(style, name, ("red",), "animals-nature", "animal-bug", "1f41e", svg)


def test_a_bank_holds_the_pictures_and_what_they_show_in_one_order(tmp_path):
    drawings = [drawing("ball", ROUND), drawing("nothing", ""), drawing("post", TALL)]
    bank = render_style("noto", drawings, tmp_path)
    entries = json.loads(bank.read_text())
    assert [entry["name"] for entry in entries] == ["ball", "post"]
    assert entries[0] == {
        "style": "noto",
        "name": "ball",
        "keywords": ["red"],
        "group": "animals-nature",
        "subgroup": "animal-bug",
        "codepoints": "1f41e",
    }
    pixels = np.load(bank.with_suffix(".npy"))
    np.testing.assert_array_equal(pixels[1], rasterize(drawings[2].svg))


def test_a_bank_is_kept_until_its_drawings_change(tmp_path, monkeypatch):
    first = render_style("noto", [drawing("ball", ROUND)], tmp_path)
    other = render_style("noto-v1", [drawing("ball", ROUND, "noto-v1")], tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(render, "rasterize_all", lambda svgs: pytest.fail("rendered again"))
        assert render_style("noto", [drawing("ball", ROUND)], tmp_path) == first
    second = render_style("noto", [drawing("dot", ROUND)], tmp_path)
    kept = {path for bank in (second, other) for path in (bank, bank.with_suffix(".npy"))}
    assert set(tmp_path.iterdir()) == kept


def test_a_rendering_that_stopped_half_way_is_done_again(tmp_path):
    bank = render_style("noto", [drawing("ball", ROUND)], tmp_path)
    bank.unlink()
    assert render_style("noto", [drawing("ball", ROUND)], tmp_path) == bank
    assert bank.is_file()


def test_a_style_of_which_nothing_can_be_drawn_is_an_error(tmp_path):
    with pytest.raises(TrainingError, match="noto: none of 1 drawings could be rendered"):
        render_style("noto", [drawing("nothing", "")], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_banks_are_joined_in_order(tmp_path):
    parts = [
        render_style("noto", [drawing("ball", ROUND), drawing("post", TALL)], tmp_path),
        render_style("twemoji", [drawing("dot", ROUND, "twemoji")], tmp_path),
    ]
    assert join_banks(parts, tmp_path / "train.json") == 3
    entries = json.loads((tmp_path / "train.json").read_text())
    assert [entry["name"] for entry in entries] == ["ball", "post", "dot"]
    pixels = np.load(tmp_path / "train.npy")
    np.testing.assert_array_equal(
        pixels, np.concatenate([np.load(p.with_suffix(".npy")) for p in parts])
    )
