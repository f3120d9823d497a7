from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from tests.encoder.tiny_models import save_jina_clip
from twentyq.encoder import load_encoder
from twentyq.encoder.jina import JinaClipEncoder
from twentyq.errors import EncoderError

TEXTS = ["a", "It looks like a wolf.", "It looks like a fox."]
PICTURES = [Image.new("RGB", (20, 30), "red"), Image.new("RGB", (9, 9), "teal")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_jina_clip(tmp_path / "tiny-jina")
    return tmp_path / "tiny-jina"


def test_its_code_is_not_run_unasked(folder: Path) -> None:
    mark = folder / "ran"
    code = folder / "tiny_jina.py"
    code.write_text(f"open({str(mark)!r}, 'w').close()\n{code.read_text()}")

    with pytest.raises(EncoderError) as caught:
        load_encoder(str(folder))
    assert "this encoder runs code that comes with its weights" in str(caught.value)
    assert "--trust-remote-code if you trust it" in str(caught.value)
    assert not mark.exists()

    load_encoder(str(folder), trust_remote_code=True)
    assert mark.exists()


def test_logits_are_those_of_the_models_own_forward(folder: Path) -> None:
    encoder = load_encoder(str(folder), device="cpu", trust_remote_code=True)
    assert isinstance(encoder, JinaClipEncoder)
    similarities = encoder.embed_images(PICTURES) @ encoder.embed_texts(TEXTS).T
    torch.testing.assert_close(encoder.scale * similarities, encoder.model(TEXTS, PICTURES))


def test_a_batch_gives_what_singles_give(folder: Path) -> None:
    encoder = load_encoder(str(folder), device="cpu", trust_remote_code=True, batch_size=2)
    singly = torch.cat([encoder.embed_texts([text]) for text in TEXTS])
    torch.testing.assert_close(encoder.embed_texts(TEXTS), singly)


def test_texts_are_counted_by_its_own_tokenizer(folder: Path) -> None:
    encoder = load_encoder(str(folder), device="cpu", trust_remote_code=True)
    assert encoder.count_tokens(["a", "x" * 600]) == [3, 602]
    assert encoder.context_length == 512


def test_code_of_another_interface_is_refused(folder: Path) -> None:
    code = folder / "tiny_jina.py"
    code.write_text(code.read_text().replace("def encode_image", "def encode_picture"))
    with pytest.raises(EncoderError, match="the encoder's code has no method encode_image"):
        load_encoder(str(folder), trust_remote_code=True)


def test_a_fault_in_its_code_is_retold(folder: Path) -> None:
    code = folder / "tiny_jina.py"
    broken = code.read_text().replace("def encode_text(self, sentences):", "def encode_text(self):")
    code.write_text(broken)
    encoder = load_encoder(str(folder), device="cpu", trust_remote_code=True)
    with pytest.raises(EncoderError, match=r"the encoder fails on a text\n.*TypeError"):
        encoder.embed_texts(TEXTS)
