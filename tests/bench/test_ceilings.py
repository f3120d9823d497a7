import pytest
import torch
from torch.nn import functional

from tests.encoder.hashing import HashingEncoder
from tests.encoder.tiny_models import save_clip
from twentyq.bench.ceilings import QUICK_SIDE, ceilings, count_operations, parts
from twentyq.bench.drawn import draw_pictures
from twentyq.bench.timing import Spread, alternate
from twentyq.encoder import load_encoder

# A convolution over 4 patches, twice (projections, attention, two layers), and the projection.
CONVOLUTION = 2 * 4 * 32 * (3 * 8 * 8)
PROJECTIONS = 4 * 2 * 5 * 32 * 32
ATTENTION = 2 * (2 * 4 * 5 * 5 * 8)
FORWARD = 2 * 2 * 5 * 32 * 64
TINY_CLIP = CONVOLUTION + 2 * (PROJECTIONS + ATTENTION + FORWARD) + 2 * 32 * 24


def test_operations_are_those_of_the_formulas():
    a, b = torch.ones(3, 4), torch.ones(4, 5)
    assert count_operations(lambda: a @ b) == 2 * 3 * 4 * 5
    pixels, kernels = torch.ones(2, 6, 9, 9), torch.ones(6, 1, 3, 3)
    depthwise = count_operations(lambda: functional.conv2d(pixels, kernels, groups=6))
    assert depthwise == 2 * 2 * 6 * 7 * 7 * 9
    heads = torch.ones(2, 4, 5, 8)
    attended = count_operations(
        lambda: functional.scaled_dot_product_attention(heads, heads, heads)
    )
    assert attended == 2 * ATTENTION


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_matrix_product_is_worth_as_many_pictures_as_take_its_operations(dtype, tmp_path):
    save_clip(tmp_path)
    encoder = load_encoder(str(tmp_path), device="cpu", dtype=dtype)
    bounds = ceilings(encoder, draw_pictures(3), quick=True)
    assert bounds.pictures == {
        "resident": 3,
        "matmul": pytest.approx(2 * QUICK_SIDE**3 / TINY_CLIP),
    }
    assert set(bounds.cases) == set(bounds.pictures)
    assert bounds.cases["resident"]().shape == (3, 24)
    product = bounds.cases["matmul"]()
    assert (product.dtype, product.shape) == (getattr(torch, dtype), (QUICK_SIDE, QUICK_SIDE))
    assert bounds.notes == (
        "No pixels are copied to a CUDA device here: no part of the rate of that copy.",
    )


def test_an_encoder_that_prepares_in_its_own_code_has_none():
    bounds = ceilings(HashingEncoder(), draw_pictures(1), quick=True)
    assert (bounds.cases, bounds.pictures) == ({}, {})
    assert "no ceilings" in bounds.notes[0]
    assert parts({"encoder": (1.0,), "full": (1.0,), "adaptive warm": (1.0,)}) == {}


def test_a_part_of_a_throughput_is_the_ceilings_time_over_the_cases():
    seconds = {
        "resident": (2.0, 2.0, 3.0),
        "matmul": (1.0, 0.5, 3.0),
        "encoder": (4.0, 2.0, 6.0),
        "full": (8.0, 8.0, 6.0),
        "adaptive warm": (4.0, 4.0, 6.0),
        "pipeline": (9.0, 9.0, 9.0),
    }
    reached = parts(seconds)
    assert list(reached) == ["resident", "encoder", "full", "adaptive warm"]
    assert reached["resident"] == {"matmul": Spread(0.5, 0.25, 1.0)}
    assert reached["encoder"]["resident"] == Spread(0.5, 0.5, 1.0)
    assert reached["full"] == {
        "resident": Spread(0.25, 0.25, 0.5),
        "matmul": Spread(0.125, 0.0625, 0.5),
    }


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_gpu_nothing_outruns_its_ceilings():
    encoder = load_encoder("builtin", device="cuda")
    bounds = ceilings(encoder, draw_pictures(8), quick=False)
    assert bounds.notes == ()
    taken = alternate(bounds.cases, 5, 0.05, encoder.device)
    a_picture = {
        name: tuple(value / bounds.pictures[name] for value in seconds)
        for name, seconds in taken.items()
    }
    # The rest of the cases stands in for itself: only the ceilings were timed.
    rest = dict.fromkeys(("encoder", "full", "adaptive warm"), a_picture["resident"])
    reached = parts({**rest, **a_picture})["resident"]
    assert set(reached) == {"copy", "matmul"}
    assert all(0 < part.median < 1 for part in reached.values())
