import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.encoder.tiny_models import save_dual_encoder
from tests.training import tiny_work
from tests.training.test_highlights import result
from tests.training.test_record import save_record
from tests.training.tiny_work import QUICK, entry
from twentyq.encoder import load_encoder
from twentyq.encoder.builtin_weights import verified_identity
from twentyq.encoder.identity import folder_identity
from twentyq.errors import TrainingError
from twentyq.training import steps, text_tower
from twentyq.training.material import read_entries, read_words, texts_of
from twentyq.training.sources import SOURCES
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
    assert 1 <= encoder.scale <= 60
    assert encoder.scale != pytest.approx(float(best["logit_scale"].exp()), rel=1e-3), "calibrated"
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


def save_evaluation(folder: Path, share: float, identity: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "evaluation.json"
    found = asdict(replace(result(share), identity=identity))
    path.write_text(json.dumps(found), encoding="utf-8")
    return path


def test_the_card_lies_with_the_encoder_and_the_notice_beside_it(run):
    *used, missing = SOURCES
    tiny_work.save_icons(run.work)
    save_record(run.work, dict.fromkeys(used, 5), [missing])
    save_dual_encoder(run.encoder)
    identity = folder_identity(run.encoder)
    save_evaluation(run.folder, 0.4, identity)
    seeds = [
        save_evaluation(run.work / "runs" / f"short-{seed}", share, "sha256:0")
        for seed, share in enumerate((0.1, 0.3))
    ]
    steps.write_card(run, seeds)
    card = (run.encoder / "MODEL_CARD.md").read_text("utf-8")
    assert "| 40.0% | 30.0% to 50.0% | 20.0% (10.0% to 30.0%) |" in card
    assert "python -m twentyq.training --schedule full --seed 3" in card
    texts = texts_of(read_words(read_entries(run.work)))
    assert f"in {len(texts):,} texts" in " ".join(card.split())
    assert f"left out: `{missing.name}`" in card
    notice = (run.folder / "NOTICE").read_text("utf-8")
    assert str(used[0]) in notice
    assert str(missing) not in notice
    assert folder_identity(run.encoder) == identity
