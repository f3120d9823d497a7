"""The optional packages are not installed for tests: stand-ins with their documented interface."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from twentyq.encoder import load_encoder
from twentyq.errors import EncoderError

PICTURES = [Image.new("RGB", (4, 4), "red"), Image.new("RGB", (4, 4), "blue")]


def mean_colours(images: list[Image.Image]) -> torch.Tensor:
    return torch.tensor([np.asarray(image).mean((0, 1)).tolist() for image in images])


class OpenClipStandIn:
    logit_scale = torch.tensor(2.0)

    def eval(self) -> None: ...

    def encode_image(self, pixels: torch.Tensor) -> torch.Tensor:
        return pixels.mean((2, 3))

    def encode_text(self, tokens: torch.Tensor) -> torch.Tensor:
        return tokens[:, :3].to(torch.float32)


def tokenize(texts: list[str]) -> torch.Tensor:
    rows = [[*text.encode(), *[0] * 77][:77] for text in texts]
    return torch.tensor(rows)


def preprocess(image: Image.Image) -> torch.Tensor:
    return torch.from_numpy(np.asarray(image, dtype=np.float32)).permute(2, 0, 1)


class SentenceTransformerStandIn:
    def __init__(self, source: str, **settings: Any) -> None:
        self.settings = settings

    def named_parameters(self) -> list[tuple[str, torch.Tensor]]:
        return [("0.model.logit_scale", torch.tensor(3.0))]

    def tokenize(self, texts: list[str]) -> dict[str, torch.Tensor]:
        return {"attention_mask": (tokenize(texts) > 0).long()}

    def encode(self, batch: list[Any], **settings: Any) -> torch.Tensor:
        assert settings["convert_to_tensor"] is True
        assert settings["show_progress_bar"] is False
        return tokenize(batch)[:, :3].float() if isinstance(batch[0], str) else mean_colours(batch)


@pytest.mark.parametrize(
    ("name", "package", "extra"),
    [
        ("open_clip:ViT-B-32/openai", "open_clip", "open-clip"),
        ("sentence-transformers:x", "sentence_transformers", "sentence-transformers"),
    ],
)
def test_a_missing_package_is_named_with_its_extra(
    name: str, package: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)  # as import does for what is not installed
    with pytest.raises(EncoderError) as caught:
        load_encoder(name, device="cpu")
    assert f"{name}: the package {package} is not installed" in str(caught.value)
    assert f"pip install 'twentyq[{extra}]'" in str(caught.value)


@pytest.fixture
def open_clip(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = SimpleNamespace(
        list_pretrained=lambda: [("ViT-B-32", "openai")],
        create_model_and_transforms=lambda *_, **__: (OpenClipStandIn(), None, preprocess),
        get_tokenizer=lambda _: tokenize,
    )
    monkeypatch.setitem(sys.modules, "open_clip", stand_in)


def test_open_clip_gives_unit_vectors_and_its_scale(open_clip: None) -> None:
    encoder = load_encoder("open_clip:ViT-B-32/openai", device="cpu")
    assert encoder.scale == pytest.approx(np.exp(2.0))
    assert encoder.identity == "open_clip:ViT-B-32/openai"
    assert encoder.embed_images(PICTURES).tolist() == [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    torch.testing.assert_close(encoder.embed_texts(["aaa"]), torch.full((1, 3), 3**-0.5))
    assert encoder.count_tokens(["aaa", "a"]) == [3, 1]


@pytest.mark.parametrize("rest", ["ViT-B-32", "ViT-B-32/nonsense", "weights/x.pt", ""])
def test_open_clip_takes_only_tags_of_its_own_list(open_clip: None, rest: str) -> None:
    with pytest.raises(EncoderError, match="open_clip has no such weights") as caught:
        load_encoder(f"open_clip:{rest}", device="cpu")
    assert "open_clip.list_pretrained()" in str(caught.value)


def test_sentence_transformers_gives_unit_vectors_and_its_scale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = SimpleNamespace(SentenceTransformer=SentenceTransformerStandIn)
    monkeypatch.setitem(sys.modules, "sentence_transformers", stand_in)
    (tmp_path / "modules.json").write_text("[]")
    encoder = load_encoder(f"sentence-transformers:{tmp_path}", device="cpu")

    assert encoder.scale == pytest.approx(np.exp(3.0))
    assert encoder.identity.startswith("sha256:")
    assert encoder.embed_images(PICTURES).tolist() == [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    torch.testing.assert_close(encoder.embed_texts(["aaa"]), torch.full((1, 3), 3**-0.5))
    assert encoder.count_tokens(["aaa", "a"]) == [3, 1]
    assert encoder.context_length is None
