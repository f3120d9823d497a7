from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.training import tiny_work
from tests.training.tiny_work import QUICK, entry
from twentyq.encoder import load_encoder
from twentyq.encoder.builtin_weights import verified_identity
from twentyq.errors import TrainingError
from twentyq.training import steps, text_tower
from twentyq.training.material import read_entries, read_words, texts_of
from twentyq.training.starting import starting_text_tower
from twentyq.training.views import SIZE


@pytest.fixture
def run(tmp_path, monkeypatch) -> steps.Run:
    tiny_work.shrink(monkeypatch.setattr)
    return steps.Run(tmp_path / "work", "full-3", replace(QUICK, steps=1, seed=3), "cpu")


def test_what_belongs_to_a_run_stands_in_its_folder(run):
    assert run.folder == run.work / "runs" / "full-3"
    assert run.encoder == run.folder / "encoder"


def test_fetching_fills_the_work_folder(run, monkeypatch):
    folders = []
    monkeypatch.setattr(steps, "make_banks", folders.append)
    steps.fetch_and_render(run)
    assert folders == [run.work]


def test_scenes_are_painted_with_the_training_drawings(run, monkeypatch):
    monkeypatch.setattr(steps, "SCENES_PAINTED", 3)
    tiny_work.save_icons(run.work)
    steps.paint(run)
    assert np.load(run.work / "scenes.npy").shape == (3, SIZE, SIZE, 3)


def test_texts_are_embedded_by_the_frozen_tower_and_only_once(run, monkeypatch):
    tiny_work.save_starting_weights(run.work)
    tiny_work.save_icons(run.work)
    monkeypatch.setattr(steps, "_EMBEDDED_AT_ONCE", 100)
    steps.embed_texts(run)
    texts = texts_of(read_words(read_entries(run.work)))
    vectors = np.load(run.work / "texts" / "texts.npy")
    assert vectors.shape == (len(texts), text_tower.WIDTH)
    model, tokenizer = starting_text_tower(run.work)
    some = [0, 150, len(texts) - 1]
    expected = text_tower.pooled(model, tokenizer, [texts[i] for i in some]).numpy()
    np.testing.assert_allclose(vectors[some], expected, atol=5e-3)

    monkeypatch.setattr(steps, "starting_text_tower", None)
    steps.embed_texts(run)


def test_nothing_is_embedded_where_a_drawing_names_a_held_out_animal(run):
    tiny_work.save_icons(run.work, [entry("cow"), entry("young fox")])
    with pytest.raises(TrainingError, match="a young fox"):
        steps.embed_texts(run)
    assert not (run.work / "texts").exists()


def test_a_run_ends_with_the_encoder_of_its_best_weights(run):
    tiny_work.save_work(run.work)
    steps.train_towers(run)
    steps.write_encoder(run)
    encoder = load_encoder(str(run.encoder), device="cpu")
    assert verified_identity(run.encoder) == encoder.identity
    best = torch.load(run.folder / "best.pt", weights_only=True)["model"]
    assert torch.equal(
        encoder.model.visual_projection.weight, best["visual_projection.weight"].half().float()
    )
    assert torch.equal(
        encoder.model.text_model.pooler.dense.bias, best["pooler.bias"].half().float()
    )


def test_the_fixed_test_is_carried_out_on_the_runs_encoder(run, monkeypatch, tmp_path):
    monkeypatch.setattr(steps, "evaluate", lambda *folders: folders)
    data = tmp_path / "data"
    assert steps.evaluate_encoder(run, data) == (run.encoder, run.work, data, run.folder)
