from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from twentyq.encoder import load_encoder
from twentyq.errors import EncoderError

MODULE = """
import torch

class LengthEncoder:
    identity = "v1"
    text_settings = ""
    device = torch.device("cpu")
    scale = 10.0
    context_length = None

    def count_tokens(self, texts):
        return [len(text) for text in texts]

    def embed_texts(self, texts):
        return torch.tensor([[3.0 * len(text), 4.0 * len(text)] for text in texts])

    def embed_images(self, images):
        return [[image.width, 0.0] if image.width > 1 else [0.0, 0.0] for image in images]

def broken():
    raise OSError("weights are away")

def half_done():
    return object()

number = 3
"""


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tiny_factory.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)


def test_its_vectors_are_brought_to_length_one() -> None:
    encoder = load_encoder("python:tiny_factory:LengthEncoder")
    torch.testing.assert_close(encoder.embed_texts(["a", "abc"]), torch.tensor([[0.6, 0.8]] * 2))
    images = encoder.embed_images([Image.new("RGB", (5, 5)), Image.new("RGB", (1, 1))])
    assert images[0].tolist() == [1.0, 0.0]
    assert images[1].isnan().all()


def test_it_keeps_what_its_maker_says() -> None:
    encoder = load_encoder("python:tiny_factory:LengthEncoder")
    assert encoder.name == "python:tiny_factory:LengthEncoder"
    assert encoder.identity == "python:tiny_factory:LengthEncoder v1"
    assert (encoder.scale, encoder.context_length, encoder.text_settings) == (10.0, None, "")
    assert encoder.device == torch.device("cpu")
    assert encoder.count_tokens(["abc"]) == [3]
    assert encoder.embed_texts([]).shape == encoder.embed_images([]).shape == (0, 0)


def test_a_text_without_a_vector_is_named() -> None:
    encoder = load_encoder("python:tiny_factory:LengthEncoder")
    with pytest.raises(EncoderError, match=r"zero or not finite\n  got: ''"):
        encoder.embed_texts([""])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("python:", "a factory is named by module and function"),
        ("python:tiny_factory", "a factory is named by module and function"),
        ("python:no_such_module:f", "got: ModuleNotFoundError: No module named 'no_such_module'"),
        ("python:..:f", "the factory's module cannot be imported"),
        ("python:tiny_factory:absent", "the module has no function 'absent'"),
        ("python:tiny_factory:number", "the module has no function 'number'"),
        ("python:tiny_factory:broken", "the factory fails\n  got: OSError: weights are away"),
        (
            "python:tiny_factory:half_done",
            "of class object without identity, text_settings, device",
        ),
    ],
)
def test_what_is_no_factory_is_told(name: str, message: str) -> None:
    with pytest.raises(EncoderError) as caught:
        load_encoder(name)
    assert message in str(caught.value)


def test_a_fault_while_embedding_is_retold() -> None:
    encoder = load_encoder("python:tiny_factory:LengthEncoder")
    with pytest.raises(EncoderError, match=r"fails on a text\n  got: TypeError"):
        encoder.embed_texts([None])  # type: ignore[list-item]  # what a bug upstream might pass
