from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from twentyq.encoder.vectors import unit_images, unit_rows, unit_texts, unusable_rows
from twentyq.errors import EncoderError

FLOAT32 = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(st.lists(FLOAT32, min_size=1, max_size=6).filter(any))
def test_finite_vectors_get_length_one_and_keep_their_direction(values: list[float]) -> None:
    unit = unit_rows(torch.tensor([values]))
    exact = torch.tensor([values], dtype=torch.float64)
    torch.testing.assert_close(
        unit.double(), torch.nn.functional.normalize(exact, eps=0), atol=1e-5, rtol=0
    )


@pytest.mark.parametrize(
    "values", [[0.0, 0.0], [1.0, torch.nan], [torch.inf, 1.0], [-torch.inf, torch.inf]]
)
def test_zero_and_non_finite_rows_become_nan_alone(values: list[float]) -> None:
    units = unit_images(torch.tensor([values, [3.0, 4.0]]), 2, name="an encoder")
    assert units[0].isnan().all()
    torch.testing.assert_close(units[1], torch.tensor([0.6, 0.8]))
    assert unusable_rows(units) == [0]


def test_an_unusable_text_is_named_escaped() -> None:
    with pytest.raises(EncoderError) as caught:
        unit_texts(torch.tensor([[1.0], [0.0]]), ["fine", "a\x1bb"], name="an encoder")
    assert "got: 'a\\x1bb'" in str(caught.value)


@pytest.mark.parametrize("shape", [(2, 3), (1, 0), (1,), (1, 1, 1)])
def test_a_wrong_shape_is_told(shape: tuple[int, ...]) -> None:
    with pytest.raises(EncoderError, match=r"one vector for each of the 1 pictures") as caught:
        unit_images(torch.ones(shape), 1, name="an encoder")
    assert f"got: an array of shape {shape}" in str(caught.value)
    assert "allowed: (1, d)" in str(caught.value)
