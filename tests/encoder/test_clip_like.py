from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from tests.encoder import tiny_models
from twentyq.encoder import load_encoder
from twentyq.encoder.clip_like import ClipLikeEncoder
from twentyq.errors import EncoderError

TEXTS = ["a", "It looks like a wolf.", "This Pokémon's body is mainly light blue in color."]
FAMILIES = {
    "clip": tiny_models.save_clip,
    "siglip": tiny_models.save_siglip,
    "siglip2": tiny_models.save_siglip2,
    "dual encoder": tiny_models.save_dual_encoder,
}


def pictures() -> list[Image.Image]:
    rng = np.random.default_rng(7)
    sizes = [(40, 24), (16, 16), (10, 70), (33, 33)]
    return [Image.fromarray(rng.integers(0, 255, (h, w, 3), dtype=np.uint8)) for w, h in sizes]


def loaded(folder: Path, **settings: Any) -> ClipLikeEncoder:
    encoder = load_encoder(str(folder), device="cpu", **settings)
    assert isinstance(encoder, ClipLikeEncoder)
    return encoder


def oracle_logits(encoder: ClipLikeEncoder, folder: Path) -> torch.Tensor:
    """The model's own forward on its own processor's output, as its documentation shows."""
    from transformers import AutoProcessor

    processor = AutoProcessor.from_pretrained(folder)
    padding = "max_length" if "siglip" in encoder.model.config.model_type else True
    inputs = processor(
        text=TEXTS,
        images=pictures(),
        padding=padding,
        max_length=tiny_models.CONTEXT,
        truncation=True,
        return_tensors="pt",
    )
    with torch.inference_mode():
        return encoder.model(**inputs).logits_per_image - getattr(encoder.model, "logit_bias", 0.0)


@pytest.fixture(params=FAMILIES)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    save: Callable[[Path], None] = FAMILIES[request.param]
    save(tmp_path / "model")
    return tmp_path / "model"


def test_logits_are_those_of_the_models_own_forward(folder: Path) -> None:
    encoder = loaded(folder)
    similarities = encoder.embed_images(pictures()) @ encoder.embed_texts(TEXTS).T

    torch.testing.assert_close(
        encoder.scale * similarities, oracle_logits(encoder, folder), atol=1e-4, rtol=1e-5
    )
    # Inputs that the model does not tell apart would agree with anything.
    assert similarities.std() > 0.01


def test_a_batch_gives_what_singles_give(folder: Path) -> None:
    encoder = loaded(folder)
    singly = torch.cat([encoder.embed_texts([text]) for text in TEXTS])
    torch.testing.assert_close(encoder.embed_texts(TEXTS), singly, atol=1e-6, rtol=0)
    singly = torch.cat([encoder.embed_images([picture]) for picture in pictures()])
    torch.testing.assert_close(encoder.embed_images(pictures()), singly, atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    "settings", [{"padding_side": "left"}, {"model_input_names": ["input_ids"]}], ids=str
)
def test_whatever_its_tokenizer_says_a_batch_gives_what_singles_give(
    settings: dict[str, object], folder: Path
) -> None:
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | settings))
    encoder = loaded(folder)
    singly = torch.cat([encoder.embed_texts([text]) for text in TEXTS])
    torch.testing.assert_close(encoder.embed_texts(TEXTS), singly, atol=1e-6, rtol=0)


def bare(wrapped: Callable[..., Any]) -> Callable[..., torch.Tensor]:
    return lambda **inputs: wrapped(**inputs).pooler_output


def test_features_may_come_bare_or_in_an_output_object(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = loaded(folder)
    wrapped = encoder.embed_texts(TEXTS), encoder.embed_images(pictures())
    for method in ("get_text_features", "get_image_features"):
        monkeypatch.setattr(encoder.model, method, bare(getattr(encoder.model, method)))
    assert torch.equal(encoder.embed_texts(TEXTS), wrapped[0])
    assert torch.equal(encoder.embed_images(pictures()), wrapped[1])


def test_features_of_no_known_form_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_models.save_clip(tmp_path)
    encoder = loaded(tmp_path)
    empty = SimpleNamespace(pooler_output=None)
    monkeypatch.setattr(encoder.model, "get_text_features", lambda **_: empty)
    with pytest.raises(EncoderError, match="expected a tensor of features, got NoneType"):
        encoder.embed_texts(TEXTS)


def test_batch_size_changes_nothing(folder: Path) -> None:
    small, large = loaded(folder, batch_size=2), loaded(folder, batch_size=64)
    torch.testing.assert_close(
        small.embed_images(pictures()), large.embed_images(pictures()), atol=1e-6, rtol=0
    )


def test_vectors_are_unit_float32_and_ordinary_tensors(folder: Path) -> None:
    vectors = loaded(folder, dtype="bfloat16").embed_texts(TEXTS)
    assert vectors.dtype is torch.float32
    assert not vectors.is_inference()
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(3))


def test_no_items_give_no_rows(folder: Path) -> None:
    encoder = loaded(folder)
    assert encoder.embed_texts([]).shape == encoder.embed_images([]).shape == (0, 0)
    assert encoder.count_tokens([]) == []


def test_loading_and_embedding_say_nothing(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    capfd.readouterr()
    encoder = loaded(folder)
    encoder.count_tokens(["long " * 200])
    encoder.embed_texts(["long " * 200])
    encoder.embed_images(pictures())
    assert capfd.readouterr() == ("", "")


def test_siglip_is_padded_to_its_full_length_where_clip_is_not(tmp_path: Path) -> None:
    tiny_models.save_siglip(tmp_path)
    encoder = loaded(tmp_path)
    tokens = encoder.tokenizer(TEXTS[:1], padding=True, return_tensors="pt")
    with torch.inference_mode():
        short = encoder.model.get_text_features(input_ids=tokens["input_ids"]).pooler_output
    dynamic = torch.nn.functional.normalize(short, dim=1)

    assert (dynamic @ encoder.embed_texts(TEXTS[:1]).T).item() < 0.99
    assert encoder.text_settings == "float32, at most 160 tokens, padded to the end"


def test_long_texts_are_cut_and_counted_whole(tmp_path: Path) -> None:
    tiny_models.save_clip(tmp_path)
    encoder = loaded(tmp_path)
    same_start = ["x" * 300 + end for end in ("left", "right")]

    left, right = encoder.embed_texts(same_start)
    assert torch.equal(left, right)
    assert encoder.count_tokens([*same_start, "x"]) == [306, 307, 3]
    assert encoder.context_length == tiny_models.CONTEXT


def test_a_strip_of_a_picture_is_embedded_without_a_giant_copy(tmp_path: Path) -> None:
    tiny_models.save_clip(tmp_path)
    encoder = loaded(tmp_path)
    strip = Image.new("RGB", (30_000, 1), "red")
    assert encoder.embed_images([strip]).isfinite().all()


def test_a_picture_without_a_vector_fails_alone(tmp_path: Path) -> None:
    tiny_models.save_clip(tmp_path)
    encoder = loaded(tmp_path)
    with torch.no_grad():
        encoder.model.visual_projection.weight.fill_(torch.inf)
    assert encoder.embed_images(pictures()).isnan().all()


def test_a_text_without_a_vector_is_named(tmp_path: Path) -> None:
    tiny_models.save_clip(tmp_path)
    encoder = loaded(tmp_path)
    with torch.no_grad():
        encoder.model.text_projection.weight.zero_()
    with pytest.raises(EncoderError) as caught:
        encoder.embed_texts(["a wolf", "a fox"])
    assert "the vectors of 2 of 2 texts are zero or not finite" in str(caught.value)
    assert "got: 'a wolf'" in str(caught.value)
    assert "--dtype float32" in str(caught.value)


def test_the_builtin_encoder_agrees_with_its_own_forward() -> None:
    encoder = load_encoder("builtin", device="cpu")
    assert isinstance(encoder, ClipLikeEncoder)
    texts = ["a red thing", "a drawing of a blue bird in the forest"]
    tokens = encoder.tokenizer(texts, padding=True, return_tensors="pt")
    pixels = encoder.image_processor(pictures(), return_tensors="pt")
    with torch.inference_mode():
        logits = encoder.model(
            input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"], **pixels
        ).logits_per_image
    similarities = encoder.embed_images(pictures()) @ encoder.embed_texts(texts).T

    torch.testing.assert_close(encoder.scale * similarities, logits, atol=1e-4, rtol=1e-5)
    assert similarities.std() > 0.01
