from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.encoder.tiny_models import save_clip, save_siglip2
from twentyq.encoder import load_encoder
from twentyq.encoder.clip_like import ClipLikeEncoder
from twentyq.errors import EncoderError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_clip(tmp_path / "tiny-clip")
    return tmp_path / "tiny-clip"


def refusal(folder: Path) -> str:
    with pytest.raises(EncoderError) as caught:
        load_encoder(str(folder), device="cpu")
    assert caught.value.exit_code == 4
    assert str(folder) in str(caught.value)
    return str(caught.value)


def rewrite_json(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def rewrite_config(folder: Path, **changes: object) -> None:
    rewrite_json(folder / "config.json", **changes)


def test_an_unknown_family_lists_the_known_ones(folder: Path) -> None:
    rewrite_config(folder, model_type="blip-2")
    message = refusal(folder)
    assert "config.json, model_type: an encoder of this family is not supported" in message
    assert "got: 'blip-2'" in message
    assert "clip, jina_clip, siglip, siglip2, vision-text-dual-encoder" in message
    assert "python:package.module:factory" in message


def test_a_config_that_names_no_family(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    del config["model_type"]
    (folder / "config.json").write_text(json.dumps(config))
    assert "not supported\n  got: 'nothing'" in refusal(folder)


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_missing_file_is_told_with_what_the_folder_needs(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    message = refusal(folder)
    assert "cannot be loaded" in message
    assert "the folder needs config.json, model.safetensors, the tokenizer's files" in message


@pytest.mark.parametrize("save", [save_clip, save_siglip2])
def test_a_tokenizer_without_a_vocabulary_is_refused(
    save: Callable[[Path], None], tmp_path: Path
) -> None:
    # transformers makes one where no files of it are saved, and says nothing.
    save(tmp_path / "model")
    for path in (tmp_path / "model").glob("tokenizer*"):
        path.unlink()
    message = refusal(tmp_path / "model")
    assert "the tokenizer has no vocabulary, so that all prompts are alike to it" in message
    assert "save the tokenizer into the same folder" in message


def test_a_tokenizer_that_cannot_pad_is_refused(folder: Path) -> None:
    rewrite_json(folder / "tokenizer_config.json", pad_token=None)
    message = refusal(folder)
    assert "the tokenizer has no token to pad with" in message
    assert "as pad_token in tokenizer_config.json" in message


@pytest.mark.parametrize(("learned", "shown"), [(float("nan"), "nan"), (1000.0, "inf")])
def test_a_damaged_scale_is_refused(folder: Path, learned: float, shown: str) -> None:
    weights = load_file(folder / "model.safetensors")
    weights["logit_scale"] = torch.tensor(learned)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert f"scale is not a finite number above 0\n  got: {shown}" in refusal(folder)


def test_weights_in_several_files_are_read(folder: Path) -> None:
    from transformers import AutoModel

    whole = load_encoder(str(folder), device="cpu").embed_texts(["a wolf"])
    model = AutoModel.from_pretrained(folder)
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder, max_shard_size="20KB")
    first, second, *_ = sorted(folder.glob("model-*-of-*.safetensors"))
    assert torch.equal(load_encoder(str(folder), device="cpu").embed_texts(["a wolf"]), whole)

    second.unlink()
    assert f"No such file or directory: {first.parent / second.name}" in refusal(folder)


def test_half_precision_weights_compute_in_float32_on_a_cpu(folder: Path) -> None:
    from transformers import AutoModel

    AutoModel.from_pretrained(folder, dtype=torch.float16).save_pretrained(folder)
    encoder = load_encoder(str(folder), device="cpu")
    assert isinstance(encoder, ClipLikeEncoder)
    assert {weights.dtype for weights in encoder.model.parameters()} == {torch.float32}
    assert encoder.text_settings.startswith("float32, ")


def test_code_beside_a_known_family_is_not_run(folder: Path) -> None:
    mark = folder / "ran"
    (folder / "own.py").write_text(f"open({str(mark)!r}, 'w').close()\nclass Own: pass\n")
    rewrite_config(folder, auto_map={"AutoModel": "own.Own", "AutoConfig": "own.Own"})
    rewrite_json(folder / "tokenizer_config.json", auto_map={"AutoTokenizer": ["own.Own", None]})
    rewrite_json(folder / "preprocessor_config.json", auto_map={"AutoImageProcessor": "own.Own"})
    load_encoder(str(folder), device="cpu").embed_texts(["a wolf"])
    assert not mark.exists()


def test_missing_preprocessing_is_told(folder: Path) -> None:
    (folder / "preprocessor_config.json").unlink()
    assert "preprocessor_config.json" in refusal(folder)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: b"\xff" * 64 + content[64:],
        lambda content: b"",
    ],
    ids=["cut short", "overwritten", "empty"],
)
def test_damaged_weights_are_told(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(damage(weights.read_bytes()))
    assert "got: SafetensorError" in refusal(folder)


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff\xfe", b""])
def test_a_config_that_is_not_a_json_object_is_told(folder: Path, content: bytes) -> None:
    (folder / "config.json").write_bytes(content)
    assert "config.json is not a JSON object" in refusal(folder)


def test_weights_without_a_tower_are_refused(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    kept = {name: value for name, value in weights.items() if not name.startswith("text_model")}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    message = refusal(folder)
    assert f"lacks {len(weights) - len(kept)} of the encoder's tensors" in message
    assert "got: no 'text_model." in message


def test_weights_of_another_size_are_refused(folder: Path) -> None:
    rewrite_config(folder, projection_dim=25)
    assert "cannot be loaded" in refusal(folder)


def test_pickled_weights_are_refused_unread(folder: Path) -> None:
    class Malice:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (folder / "ran",))

    (folder / "model.safetensors").unlink()
    torch.save({"weights": Malice()}, folder / "pytorch_model.bin")
    message = refusal(folder)
    assert "the weights are a pickle, which can run any code" in message
    assert "got: 'pytorch_model.bin'" in message
    assert "write it anew with save_pretrained" in message
    assert not (folder / "ran").exists()


def test_a_hub_id_out_of_reach_is_told() -> None:
    with pytest.raises(EncoderError) as caught:
        load_encoder("somebody/some-encoder", device="cpu")
    assert str(caught.value).startswith("somebody/some-encoder: cannot be loaded")
    assert "name the folder" in str(caught.value)


def test_a_hub_snapshot_is_identified_by_its_commit(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    commit = "0123456789abcdef0123456789abcdef01234567"
    repository = Path(constants.HF_HUB_CACHE) / "models--org--tiny"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    (repository / "snapshots").mkdir()
    folder.rename(repository / "snapshots" / commit)

    encoder = load_encoder("org/tiny", device="cpu")
    assert encoder.identity == f"hub:org/tiny@{commit}"
    assert encoder.embed_texts(["a wolf"]).isfinite().all()


def test_the_importing_of_the_room_leaves_transformers_alone() -> None:
    import subprocess

    code = "import twentyq.encoder, sys; sys.exit('transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
