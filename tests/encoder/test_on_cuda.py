"""What an encoder does on a GPU: copies that nobody waits for, and memory that is really full."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from tests.encoder.drawing import noise
from twentyq.encoder import decode_pictures, embed_decoded, load_encoder
from twentyq.encoder.clip_like import ClipLikeEncoder
from twentyq.errors import EncoderError

pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="needs a CUDA device, which this machine does not have"
)

MEBIBYTE = 2**20
N_IMAGES = 512


@pytest.fixture(params=["float16", "bfloat16", "float32"])
def encoder(request: pytest.FixtureRequest) -> ClipLikeEncoder:
    loaded = load_encoder("builtin", device="cuda", dtype=request.param, batch_size=N_IMAGES)
    assert isinstance(loaded, ClipLikeEncoder)
    return loaded


@pytest.fixture
def watched() -> Iterator[None]:
    """Return to torch's own ways, whatever a test has forbidden or limited."""
    yield
    torch.cuda.set_sync_debug_mode("default")
    torch.cuda.set_per_process_memory_fraction(1.0)
    torch.cuda.empty_cache()


@pytest.mark.usefixtures("watched")
def test_a_batch_waits_for_the_device_once(encoder: ClipLikeEncoder) -> None:
    pictures = [noise(40 + i, 24) for i in range(6)]
    names = [f"picture {i}" for i in range(6)]
    decoded = decode_pictures(pictures, names, preparation=encoder.preparation).pin_memory()
    assert not isinstance(decoded.images, list)
    assert all(array.is_pinned() for array in decoded.images.values())
    expected = embed_decoded(encoder, decoded).vectors

    torch.cuda.set_sync_debug_mode("error")
    vectors = encoder.embed_prepared(decoded.images)
    torch.cuda.set_sync_debug_mode("warn")
    with warnings.catch_warnings(record=True) as waits:
        warnings.simplefilter("always")
        embedded = embed_decoded(encoder, decoded)
    torch.cuda.set_sync_debug_mode("default")
    assert ["synchronizing" in str(wait.message) for wait in waits] == [True]
    assert embedded.usable == tuple(range(6))
    for found in (vectors, embedded.vectors):
        torch.testing.assert_close(found, expected, atol=1e-3, rtol=0)


def test_vectors_are_those_of_the_cpu_but_for_the_number_type(encoder: ClipLikeEncoder) -> None:
    here = load_encoder("builtin", device="cpu", dtype="float32")
    pictures = [noise(40 + i, 24) for i in range(6)]
    cosines = (encoder.embed_images(pictures).cpu() * here.embed_images(pictures)).sum(dim=1)
    assert cosines.min() > (0.9999 if encoder.placement.dtype == torch.float32 else 0.99)


def limit_memory(more: int) -> None:
    """Let this process have so many bytes more than it holds."""
    torch.cuda.empty_cache()
    _, total = torch.cuda.mem_get_info()
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved() + more) / total)


@pytest.mark.usefixtures("watched")
def test_full_memory_halves_the_batch_and_goes_on(encoder: ClipLikeEncoder) -> None:
    side = encoder.preparation(noise(40, 24))["pixel_values"].shape[-1]
    pixels = {"pixel_values": torch.rand(N_IMAGES, 3, side, side)}
    expected = encoder.embed_prepared(pixels)
    limit_memory(128 * MEBIBYTE)
    short = replace(encoder)
    for _ in range(2):
        cosines = (short.embed_prepared(pixels) * expected).sum(dim=1)
        assert cosines.min() > 0.99
        assert short._image_batches.size < N_IMAGES
    halved = short._image_batches.size
    short.embed_prepared(pixels)
    assert short._image_batches.size == halved


@pytest.mark.usefixtures("watched")
def test_memory_that_does_not_hold_one_picture_is_an_error(encoder: ClipLikeEncoder) -> None:
    vast = {"pixel_values": torch.rand(2, 3, 2048, 2048)}
    limit_memory(2 * MEBIBYTE)
    with pytest.raises(EncoderError, match="does not hold one item at a time"):
        encoder.embed_prepared(vast)
