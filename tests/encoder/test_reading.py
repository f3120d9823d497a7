import io

import pytest
import torch
from PIL import Image

from tests.encoder.hashing import HashingEncoder
from twentyq.encoder import decode_pictures, embed_pictures


class ColourEncoder(HashingEncoder):
    """Embeds a picture as the colour of its first pixel; black has no direction."""

    def embed_images(self, images):
        if not images:
            return torch.empty(0, 0)
        colours = torch.tensor([image.getpixel((0, 0)) for image in images], dtype=torch.float32)
        return colours / colours.norm(dim=1, keepdim=True)


def plain(colour, mode="RGB"):
    return Image.new(mode, (8, 8), colour)


def test_batches_keep_order_names_and_numbers(tmp_path):
    plain("red").save(tmp_path / "a.png")
    pictures = [tmp_path / "a.png", str(tmp_path / "a.png"), plain("blue"), plain("green")]
    batches = list(embed_pictures(ColourEncoder(), pictures, batch_size=3))
    assert [batch.first for batch in batches] == [0, 3]
    assert batches[0].names == (str(tmp_path / "a.png"), str(tmp_path / "a.png"), "picture 2")
    assert batches[1].names == ("picture 3",)
    assert batches[0].vectors.tolist() == [[1, 0, 0], [1, 0, 0], [0, 0, 1]]


def test_what_has_no_vector_is_told_apart_from_the_rest(tmp_path):
    (tmp_path / "text.png").write_text("text")
    pictures = [plain("black"), plain("red"), tmp_path / "text.png", plain("blue")]
    (batch,) = embed_pictures(ColourEncoder(), pictures, batch_size=10)
    assert batch.usable == (1, 3)
    assert batch.vectors.tolist() == [[1, 0, 0], [0, 0, 1]]
    assert sorted(batch.faults) == [0, 2]
    assert "picture 0: the encoder gives no usable vector" in str(batch.faults[0])
    assert "text.png: not a picture" in str(batch.faults[2])


def test_a_batch_in_which_nothing_can_be_read_is_empty(tmp_path):
    (batch,) = embed_pictures(ColourEncoder(), [tmp_path / "none.png"], batch_size=2)
    assert batch.usable == ()
    assert len(batch.vectors) == 0
    assert list(batch.faults) == [0]


@pytest.mark.parametrize(
    "picture",
    [plain((0, 0, 255, 255), "RGBA"), plain((0, 90, 0, 0), "RGBA"), plain(65535, "I;16")],
)
def test_pictures_that_pillow_has_opened_are_prepared_like_files(picture):
    expected = {"RGBA": [1, 1, 1], "I;16": [1, 1, 1]}[picture.mode]
    if picture.getpixel((0, 0)) == (0, 0, 255, 255):
        expected = [0, 0, 1]
    (batch,) = embed_pictures(ColourEncoder(), [picture], batch_size=1)
    direction = torch.tensor(expected, dtype=torch.float32)
    assert torch.allclose(batch.vectors[0], direction / direction.norm())


def test_a_picture_that_pillow_opened_but_cannot_load_is_a_fault(tmp_path):
    whole = io.BytesIO()
    Image.effect_noise((64, 64), 50).save(whole, "PNG")
    opened = Image.open(io.BytesIO(whole.getvalue()[:900]))
    (batch,) = embed_pictures(ColourEncoder(), [opened], batch_size=1)
    assert "picture 0: the picture cannot be decoded" in str(batch.faults[0])


def test_crop_is_applied_and_its_refusal_is_a_fault():
    card = plain("black").resize((63, 88))
    card.paste((0, 0, 255), (5, 9, 58, 43))
    pictures = [card, plain("red")]
    (batch,) = embed_pictures(ColourEncoder(), pictures, batch_size=2, crop="card-art")
    assert batch.vectors.tolist() == [[0, 0, 1]]
    assert "does not have the shape of an upright trading card" in str(batch.faults[1])


def test_what_was_prepared_can_be_pinned_and_pictures_stay_as_they_are(monkeypatch):
    # Only with a GPU is there memory to pin.
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda array: array + 100)
    pictures, names = [plain("red"), b"text", plain("blue")], ["one", "two", "three"]
    decoded = decode_pictures(pictures, names, first=5)
    assert decoded.pin_memory() is decoded
    prepared = decode_pictures(
        pictures, names, first=5, preparation=lambda image: {"red": torch.tensor([image.width])}
    )
    pinned = prepared.pin_memory()
    assert pinned.images["red"].tolist() == [108, 108]
    assert (pinned.names, pinned.usable, pinned.first) == (("one", "two", "three"), (0, 2), 5)
    assert pinned.faults == prepared.faults
