from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from tests.encoder import tiny_models
from tests.encoder.drawing import noise
from tests.encoder.hashing import HashingEncoder
from twentyq.encoder import PreparingEncoder, decode_pictures, embed_decoded, load_encoder
from twentyq.encoder.clip_like import ClipLikeEncoder
from twentyq.encoder.preparing import Preparation, ProcessorPreparation
from twentyq.errors import EncoderError

FAMILIES = {
    "clip": tiny_models.save_clip,
    "siglip2": tiny_models.save_siglip2,
    "dual encoder": tiny_models.save_dual_encoder,
}
PICTURES = [noise(40, 24), noise(16, 16), noise(7, 200), b"text", noise(33, 33)]
NAMES = [f"picture {i}" for i in range(len(PICTURES))]


def elsewhere(preparation: Preparation) -> Preparation:
    """What another process would get."""
    sent: Preparation = pickle.loads(pickle.dumps(preparation))
    return sent


@pytest.mark.parametrize("save", FAMILIES.values(), ids=FAMILIES)
def test_what_was_prepared_elsewhere_gives_the_same_vectors(
    save: Callable[[Path], None], tmp_path: Path
) -> None:
    save(tmp_path)
    encoder = load_encoder(str(tmp_path), device="cpu", batch_size=3)
    assert isinstance(encoder, PreparingEncoder)
    preparation = elsewhere(encoder.preparation)
    whole = embed_decoded(encoder, decode_pictures(PICTURES, NAMES))
    prepared = embed_decoded(encoder, decode_pictures(PICTURES, NAMES, preparation=preparation))
    assert prepared.usable == whole.usable == (0, 1, 2, 4)
    assert torch.equal(prepared.vectors, whole.vectors)
    assert [*prepared.faults] == [3]
    assert "picture 3: not a picture" in str(prepared.faults[3])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("save", FAMILIES.values(), ids=FAMILIES)
def test_fractions_leave_the_worker_in_half_precision(
    save: Callable[[Path], None], dtype: str, tmp_path: Path
) -> None:
    save(tmp_path)
    encoder = load_encoder(str(tmp_path), device="cpu", dtype=dtype)
    assert isinstance(encoder, PreparingEncoder)
    exact = load_encoder(str(tmp_path), device="cpu")
    assert isinstance(exact, PreparingEncoder)
    prepared = elsewhere(encoder.preparation)(noise(40, 24))
    for name, array in exact.preparation(noise(40, 24)).items():
        half = array.to(getattr(torch, dtype)) if array.is_floating_point() else array
        assert prepared[name].dtype == half.dtype
        assert torch.equal(prepared[name], half)
    # Cast here or there, the model is given the same numbers.
    assert torch.equal(encoder.embed_prepared(prepared), encoder.embed_images([noise(40, 24)]))


class StingyModel:
    """A model that holds two pictures at a time: no memory is full here, only the error is real."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.sizes: list[int] = []

    def get_image_features(self, pixel_values: torch.Tensor) -> Any:
        self.sizes.append(len(pixel_values))
        if len(pixel_values) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return self.model.get_image_features(pixel_values=pixel_values)


def test_prepared_pictures_are_halved_where_memory_is_short_and_stay_so(tmp_path: Path) -> None:
    tiny_models.save_clip(tmp_path)
    encoder = load_encoder(str(tmp_path), device="cpu", batch_size=8)
    assert isinstance(encoder, ClipLikeEncoder)
    pixels = {"pixel_values": torch.rand(7, 3, tiny_models.SIZE, tiny_models.SIZE)}
    model = StingyModel(encoder.model)
    short = replace(encoder, model=model)
    for _ in range(2):
        vectors = short.embed_prepared(pixels)
        torch.testing.assert_close(vectors, encoder.embed_prepared(pixels), atol=1e-6, rtol=0)
    assert model.sizes == [7, 3, 1, *[1] * 6, *[1] * 7]


@pytest.mark.parametrize("name", ["builtin", "clip", "dual encoder"])
def test_nothing_is_read_back_between_pixels_and_vectors(name: str, tmp_path: Path) -> None:
    if name != "builtin":
        FAMILIES[name](tmp_path)
    source = name if name == "builtin" else str(tmp_path)
    encoder = load_encoder(source, device="cpu", batch_size=2)
    assert isinstance(encoder, ClipLikeEncoder)
    # Whatever would make the host wait for a GPU fails here: meta arrays have nothing to read.
    nowhere = torch.device("meta")
    there = replace(
        encoder,
        placement=replace(encoder.placement, device=nowhere),
        model=encoder.model.to(nowhere),
    )
    pictures = [noise(40, 24), noise(16, 16), noise(33, 33)]
    decoded = decode_pictures(pictures, NAMES[:3], preparation=encoder.preparation)
    assert not isinstance(decoded.images, list)
    for vectors in (there.embed_prepared(decoded.images), there.embed_images(pictures)):
        assert vectors.device == nowhere
        assert len(vectors) == 3
    with pytest.raises(NotImplementedError, match="meta"):
        embed_decoded(there, decoded)


def test_of_a_batch_without_pictures_nothing_is_embedded(tmp_path: Path) -> None:
    tiny_models.save_clip(tmp_path)
    encoder = load_encoder(str(tmp_path), device="cpu")
    assert isinstance(encoder, PreparingEncoder)
    decoded = decode_pictures([b"text"], ["one"], preparation=encoder.preparation)
    embedded = embed_decoded(encoder, decoded)
    assert (embedded.usable, len(embedded.vectors), [*embedded.faults]) == ((), 0, [0])


def test_what_preprocessing_raises_is_an_error_of_the_encoder() -> None:
    def fail(**_: object) -> None:
        raise ZeroDivisionError("a side of 0")

    with pytest.raises(EncoderError, match="tiny: the encoder fails on a picture") as caught:
        ProcessorPreparation(fail, "tiny", torch.float32)(Image.new("RGB", (8, 8)))
    assert "ZeroDivisionError: a side of 0" in str(caught.value)


def test_an_encoder_that_prepares_nothing_is_no_preparing_encoder() -> None:
    encoder = HashingEncoder()
    assert not isinstance(encoder, PreparingEncoder)
    prepared = decode_pictures([noise()], ["one"], preparation=lambda _: {"x": torch.ones(1)})
    with pytest.raises(TypeError, match="hashing cannot embed what another encoder prepared"):
        embed_decoded(encoder, prepared)
