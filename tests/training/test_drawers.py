import os

import numpy as np
import pytest

from twentyq.training.drawers import rasterize_all
from twentyq.training.raster import rasterize

pytest.importorskip("resvg_py", reason="needs resvg-py, of the extra `train`")

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="{}" fill="blue"/></svg>'
ROUND = [SVG.format(radius) for radius in range(3, 9)]


class Deadly(str):
    """A drawing that ends the process which takes it in hand."""

    __slots__ = ()

    def __reduce__(self):
        return os._exit, (1,)


def test_every_drawing_is_rasterized_in_whatever_order():
    pictures = dict(rasterize_all(ROUND))
    assert sorted(pictures) == list(range(len(ROUND)))
    for index, svg in enumerate(ROUND):
        np.testing.assert_array_equal(pictures[index], rasterize(svg))


def test_what_is_empty_broken_or_deadly_costs_itself_alone():
    svgs = [ROUND[0], SVG.format(0), "<svg", Deadly(), ROUND[1]]
    pictures = dict(rasterize_all(svgs, processes=1))
    assert [pictures[index] is None for index in range(5)] == [False, True, True, True, False]


def test_a_drawing_that_takes_too_long_is_given_up():
    assert dict(rasterize_all(ROUND[:3], patience=0.0)) == {0: None, 1: None, 2: None}


def test_nothing_to_draw_is_nothing_done():
    assert list(rasterize_all([])) == []
