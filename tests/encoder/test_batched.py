from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from twentyq.encoder.batched import BatchedEncoder, Batches
from twentyq.encoder.device import Placement
from twentyq.errors import EncoderError


class SmallMemory:
    """Embeds a number as itself, and holds `capacity` numbers at a time, as a GPU would.

    There need not be a GPU: only the error is real.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.sizes: list[int] = []

    def __call__(self, batch: Sequence[int]) -> torch.Tensor:
        self.sizes.append(len(batch))
        if len(batch) > self.capacity:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        return torch.tensor(batch).reshape(-1, 1)


@dataclass(frozen=True, eq=False, kw_only=True)
class NarrowEncoder(BatchedEncoder):
    """Embeds a grey picture as its level and a text as its length, a few at a time."""

    pictures: SmallMemory
    texts: SmallMemory

    def _count_tokens(self, texts: list[str]) -> list[int]:
        return [len(text) for text in texts]

    def _embed_texts(self, texts: Sequence[str]) -> torch.Tensor:
        return self._beside_one(self.texts([len(text) for text in texts]))

    def _embed_images(self, images: Sequence[Image.Image]) -> torch.Tensor:
        return self._beside_one(self.pictures([image.getpixel((0, 0)) for image in images]))

    def _beside_one(self, rows: torch.Tensor) -> torch.Tensor:
        return torch.cat([rows.float(), torch.ones(len(rows), 1)], dim=1)


def narrow(capacity: int, batch_size: int) -> NarrowEncoder:
    return NarrowEncoder(
        name="narrow",
        identity="narrow",
        text_settings="",
        scale=1.0,
        context_length=None,
        placement=Placement(torch.device("cpu"), torch.float32, batch_size),
        pictures=SmallMemory(capacity),
        texts=SmallMemory(64),
    )


def greys(levels: range) -> list[Image.Image]:
    return [Image.new("L", (2, 2), level) for level in levels]


@given(
    lengths=st.lists(st.integers(0, 40), max_size=4),
    batch_size=st.integers(1, 50),
    capacity=st.integers(1, 50),
)
def test_every_item_is_embedded_once_and_in_order(
    lengths: list[int], batch_size: int, capacity: int
) -> None:
    embed, batches = SmallMemory(capacity), Batches("narrow", batch_size)
    for n in lengths:
        rows = batches.embed(embed, range(n))
        assert rows.flatten().tolist() == list(range(n))
    assert max(embed.sizes, default=0) <= batch_size
    # Each refusal halves, in whatever call it comes.
    assert sum(size > capacity for size in embed.sizes) <= batch_size.bit_length()


def test_a_batch_is_halved_and_stays_so_in_later_calls() -> None:
    embed, batches = SmallMemory(capacity=3), Batches("narrow", 8)
    batches.embed(embed, range(10))
    assert embed.sizes == [8, 4, 2, 2, 2, 2, 2]
    batches.embed(embed, range(4))
    assert embed.sizes[7:] == [2, 2]


def test_an_encoder_finds_the_size_of_its_pictures_once_and_keeps_their_order() -> None:
    encoder = narrow(capacity=5, batch_size=16)
    for levels in (range(16), range(40, 52)):
        vectors = encoder.embed_images(greys(levels))
        tilt = vectors[:, 0] / vectors[:, 1]
        torch.testing.assert_close(tilt, torch.tensor([float(level) for level in levels]))
    assert encoder.pictures.sizes == [16, 8, *[4] * 4, *[4] * 3]
    # Texts are another matter.
    encoder.embed_texts(["a"] * 32)
    assert encoder.texts.sizes == [16, 16]


def test_an_item_that_does_not_fit_alone_is_an_error() -> None:
    with pytest.raises(EncoderError) as caught:
        narrow(capacity=0, batch_size=4).embed_images(greys(range(4)))
    assert str(caught.value) == (
        "narrow: the accelerator's memory does not hold one item at a time\n"
        "  got: OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB.\n"
        "  to mend: free its memory, take a smaller encoder, or pass --device cpu"
    )


def test_other_faults_pass() -> None:
    def fail(batch: Sequence[int]) -> torch.Tensor:
        raise KeyError(len(batch))

    with pytest.raises(KeyError):
        Batches("narrow", 1).embed(fail, [1])
