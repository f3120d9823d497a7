from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

from tests.encoder import tiny_models
from tests.encoder.drawing import noise
from tests.encoder.hashing import HashingEncoder
from twentyq.encoder import PreparingEncoder, decode_pictures, embed_decoded, load_encoder
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
        ProcessorPreparation(fail, "tiny")(Image.new("RGB", (8, 8)))
    assert "ZeroDivisionError: a side of 0" in str(caught.value)


def test_an_encoder_that_prepares_nothing_is_no_preparing_encoder() -> None:
    encoder = HashingEncoder()
    assert not isinstance(encoder, PreparingEncoder)
    prepared = decode_pictures([noise()], ["one"], preparation=lambda _: {"x": torch.ones(1)})
    with pytest.raises(TypeError, match="hashing cannot embed what another encoder prepared"):
        embed_decoded(encoder, prepared)
