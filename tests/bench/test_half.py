import pytest
import torch
from scipy.stats import binomtest

from tests.encoder.hashing import HashingEncoder
from twentyq.bench.drawn import draw_pictures
from twentyq.bench.half import measure_half
from twentyq.classifier import Classifier
from twentyq.encoder import load_encoder
from twentyq.errors import EncoderError, PictureError
from twentyq.system import AttributeGroup, System

COLOURS = ("red", "green", "blue")
RULES = {
    f"{texture} {colour}": {"colour": {colour: 1.0}, "texture": {texture: 1.0}}
    for colour in COLOURS
    for texture in ("noisy", "plain")
}
SYSTEM = System(
    name="things",
    groups=(
        AttributeGroup("colour", "It is {}.", COLOURS),
        AttributeGroup("texture", "It looks {}.", ("noisy", "plain")),
    ),
    classes=tuple(RULES),
    rules=RULES,
)


class HalfEncoder(HashingEncoder):
    """What `load` gives: in bfloat16 some pictures get no vector, and float16 has no kernel."""

    def __init__(self, dtype):
        super().__init__()
        self.dtype = dtype

    def embed_images(self, images):
        if self.dtype == "float16":
            raise EncoderError("the encoder fails on a picture", got="no kernel for 'Half'")
        vectors = super().embed_images(images)
        if self.dtype == "bfloat16":
            vectors[::4] = torch.nan
        return vectors


def test_labels_and_cosines_of_the_builtin_encoder_are_compared():
    pictures = draw_pictures(12, seed=3)
    loaded = {}

    def load(dtype):
        loaded[dtype] = load_encoder("builtin", device="cpu", dtype=dtype)
        return loaded[dtype]

    agreements, notes = measure_half(SYSTEM, load, pictures, batch_size=5)
    assert notes == ()
    labels = {
        dtype: [result.label for result in Classifier(SYSTEM, one, mode="full").classify(pictures)]
        for dtype, one in loaded.items()
    }
    for agreement, dtype in zip(agreements, ("bfloat16", "float16"), strict=True):
        assert agreement.dtype == dtype
        equal = sum(a == b for a, b in zip(labels[dtype], labels["float32"], strict=True))
        interval = binomtest(equal, 12).proportion_ci(0.95, method="wilson")
        figures = agreement.equal.model_dump()
        assert figures == {
            "count": equal,
            "total": 12,
            "share": equal / 12,
            "low": interval.low,
            "high": interval.high,
        }
    coarse, fine = (agreement.difference for agreement in agreements)
    assert 0 < fine < coarse < 0.2


def test_no_vector_is_no_agreement_and_no_kernel_a_note():
    (coarse,), notes = measure_half(SYSTEM, HalfEncoder, draw_pictures(8), batch_size=4)
    assert (coarse.equal.count, coarse.equal.total) == (6, 8)
    # Where there are vectors they are the same, and a product is rounded like another.
    assert coarse.difference < 1e-12
    assert notes == ("The encoder does not run in float16 here: no kernel for 'Half'.",)


def test_a_picture_that_cannot_be_read_is_an_error():
    with pytest.raises(PictureError, match="not a picture"):
        measure_half(SYSTEM, HalfEncoder, [*draw_pictures(1), b"text"], batch_size=4)


def test_float32_that_does_not_run_is_an_error():
    with pytest.raises(EncoderError, match="fails on a picture"):
        measure_half(SYSTEM, lambda _: HalfEncoder("float16"), draw_pictures(1), batch_size=4)
