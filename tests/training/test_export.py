import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import BertTokenizer

from tests.training import tiny_work
from tests.training.tiny_work import SPECIAL, WORDS
from twentyq.encoder import Encoder, load_encoder
from twentyq.encoder.builtin_weights import LIST, verified_identity, write_checksums
from twentyq.training import export, starting, text_tower
from twentyq.training.image_tower import normalise
from twentyq.training.model import DualEncoder
from twentyq.training.views import SIZE

TEXTS = ["a red wolf", "It looks like a creature with a long tail.", "кот", "a cat face"]


@dataclass
class Exported:
    """A model in training, the text vectors it is trained on, and the encoder made of it."""

    model: DualEncoder
    vectors: torch.Tensor
    tokenizer: BertTokenizer
    folder: Path
    encoder: Encoder


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> Exported:
    work = tmp_path_factory.mktemp("work")
    tiny_work.save_starting_weights(work)
    model = starting.starting_model(work, first_block=6, seed=0)
    with torch.no_grad():
        # Away from the start, where some mistakes would not show.
        chance = torch.Generator().manual_seed(5)
        model.pooler.weight += 0.05 * torch.randn(model.pooler.weight.shape, generator=chance)
        model.pooler.bias += 0.1 * torch.randn(model.pooler.bias.shape, generator=chance)
        model.logit_scale += 0.3
    text_model, tokenizer = starting.starting_text_tower(work)
    vectors = text_tower.pooled(text_model, tokenizer, TEXTS)
    folder = work / "encoder"
    export.export(model, text_model, tokenizer, TEXTS, folder)
    write_checksums(folder)
    return Exported(model, vectors, tokenizer, folder, load_encoder(str(folder), device="cpu"))


def test_texts_are_embedded_as_in_training(exported):
    with torch.no_grad():
        ours = exported.model.embed_texts(exported.vectors)
    theirs = exported.encoder.embed_texts(TEXTS)
    assert float(torch.cosine_similarity(ours, theirs).min()) > 0.999
    assert float((ours @ theirs.T).argmax(1).ne(torch.arange(len(TEXTS))).sum()) == 0


def test_pictures_are_embedded_as_in_training(exported):
    rng = np.random.default_rng(1)
    small = rng.integers(0, 256, (3, 8, 8, 3), np.uint8)
    pixels = [np.asarray(Image.fromarray(one).resize((SIZE, SIZE))) for one in small]
    given = normalise(torch.tensor(np.stack(pixels)).permute(0, 3, 1, 2).float() / 255)
    with torch.no_grad():
        ours = exported.model.embed_pictures(given)
    theirs = exported.encoder.embed_images([Image.fromarray(one) for one in pixels])
    assert float(torch.cosine_similarity(ours, theirs).min()) > 0.999


def test_a_picture_of_any_shape_is_seen_whole(exported):
    wide = np.zeros((SIZE, 2 * SIZE, 3), np.uint8)
    wide[:, :20] = 255
    square = Image.fromarray(wide).resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    seen, expected = exported.encoder.embed_images([Image.fromarray(wide), square])
    assert float(seen @ expected) > 0.999


def test_the_scale_is_the_learned_one(exported):
    with torch.no_grad():
        assert exported.encoder.scale == pytest.approx(float(exported.model.scale()), rel=1e-3)


def test_pruned_tokens_leave_the_words_of_every_other_text(exported):
    config = json.loads((exported.folder / "tokenizer.json").read_text("utf-8"))
    vocabulary = config["model"]["vocab"]
    assert [word for word in WORDS if word not in vocabulary] == [
        *("[unused0]", "[unused1]", "лиса", "волк")
    ]
    assert sorted(vocabulary.values()) == list(range(len(vocabulary)))
    texts = [*TEXTS, "wolf, cat.", "facecreature"]
    words = {index: word for word, index in vocabulary.items()}
    loaded = exported.encoder.tokenizer
    for ids, published in zip(
        loaded(texts)["input_ids"], exported.tokenizer(texts)["input_ids"], strict=True
    ):
        assert [words[i] for i in ids] == exported.tokenizer.convert_ids_to_tokens(published)
    assert [loaded.convert_tokens_to_ids(word) for word in SPECIAL] == [0, 1, 2, 3, 4]
    assert loaded.pad_token_id == 0


def test_words_that_were_pruned_are_unknown(exported):
    unknown, pruned = exported.encoder.embed_texts(["кот", "волк"])
    assert torch.allclose(unknown, pruned, atol=1e-6)


def test_weights_are_half_precision_and_configurations_name_no_folder(exported):
    config = (exported.folder / "config.json").read_text("utf-8")
    assert json.loads(config)["dtype"] == "float16"
    assert json.loads(config)["projection_dim"] == 256
    for file in exported.folder.glob("*.json"):
        text = file.read_text("utf-8")
        assert "_name_or_path" not in text
        assert str(exported.folder.parent) not in text, file.name


def test_every_file_that_decides_is_hashed(exported):
    listed = dict(
        reversed(line.split("  ", 1)) for line in (exported.folder / LIST).read_text().splitlines()
    )
    files = {file.name: file for file in exported.folder.iterdir() if file.name != LIST}
    assert listed.keys() == files.keys()
    for name, file in files.items():
        assert listed[name] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert verified_identity(exported.folder) == exported.encoder.identity
