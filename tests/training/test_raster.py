import sys

import numpy as np
import pytest

from twentyq.errors import TrainingError
from twentyq.training.raster import SIZE, check_renderer, rasterize

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"'


@pytest.fixture
def renderer() -> None:
    pytest.importorskip("resvg_py", reason="needs resvg-py, of the extra `train`")


@pytest.mark.usefixtures("renderer")
class TestRasterize:
    def test_a_drawing_is_cut_out_and_fills_a_square(self):
        pixels = rasterize(f'{HEAD}><circle cx="70" cy="30" r="25" fill="#f00"/></svg>')
        assert pixels is not None
        assert pixels.shape == (SIZE, SIZE, 4)
        assert pixels.dtype == np.uint8
        alpha = pixels[..., 3]
        assert alpha.any(axis=0).all()
        assert alpha.any(axis=1).all()
        assert tuple(pixels[SIZE // 2, SIZE // 2]) == (255, 0, 0, 255)
        assert alpha[0, 0] == 0

    def test_a_flat_drawing_stands_in_the_middle(self):
        pixels = rasterize(f'{HEAD}><rect y="10" width="100" height="20"/></svg>')
        assert pixels is not None
        rows = np.flatnonzero((pixels[..., 3] > 127).all(axis=1))
        assert rows[0] + rows[-1] == pytest.approx(SIZE - 1, abs=1)
        assert len(rows) == pytest.approx(SIZE / 5, abs=2)

    def test_a_small_drawing_on_a_large_sheet_is_drawn_again_and_sharp(self):
        pixels = rasterize(f'{HEAD}><rect x="40" y="40" width="9" height="9"/></svg>')
        assert pixels is not None
        assert (pixels[..., 3] == 255).mean() > 0.95

    def test_edges_do_not_darken(self):
        pixels = rasterize(f'{HEAD}><circle cx="50" cy="50" r="40" fill="#ffffff"/></svg>')
        assert pixels is not None
        assert pixels[pixels[..., 3] > 8][:, :3].min() >= 250

    def test_sizes_in_millimetres_are_understood(self):
        svg = HEAD.replace('viewBox="0 0 100 100"', 'width="210mm" height="297mm"')
        assert rasterize(f'{svg}><rect width="300" height="300"/></svg>') is not None

    @pytest.mark.parametrize(
        "inside",
        ["", "<text y='50' font-size='40'>words</text>", "<rect width='100' height='.01'/>"],
    )
    def test_nothing_drawn_is_no_picture(self, inside):
        assert rasterize(f"{HEAD}>{inside}</svg>") is None

    @pytest.mark.parametrize("text", ["", "<svg", "<html/>"])
    def test_what_is_no_svg_is_a_value_error(self, text):
        with pytest.raises(ValueError, match=r"(?i)svg|root node"):
            rasterize(text)


def test_without_the_renderer_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(TrainingError) as error:
        check_renderer()
    assert str(error.value).splitlines() == [
        "rendering: the package resvg-py is not installed",
        "  to mend: pip install 'twentyq[train]'",
    ]
