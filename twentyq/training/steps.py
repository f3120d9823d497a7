"""The steps of a training; those up to the training skip themselves where their work is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from rich.progress import track
from torch import Tensor

from twentyq.encoder.builtin_weights import write_checksums
from twentyq.training import text_tower
from twentyq.training.banks import make_banks
from twentyq.training.card import CARD, Made, model_card
from twentyq.training.corpus import embed_once
from twentyq.training.evaluation import RESULT, Evaluation, evaluate, load_evaluation
from twentyq.training.export import export
from twentyq.training.loop import Schedule, train
from twentyq.training.material import load_material, read_entries, read_words, texts_of
from twentyq.training.notice import notice
from twentyq.training.record import read_record
from twentyq.training.scenes import paint_bank
from twentyq.training.starting import starting_model, starting_text_tower

SCENES_PAINTED, SCENES_SEED = 4000, 9
_EMBEDDED_AT_ONCE = 4096


@dataclass(frozen=True)
class Run:
    """One training: where it works, what it is called, and its schedule."""

    work: Path
    name: str
    schedule: Schedule
    device: str

    @property
    def folder(self) -> Path:
        """Folder of all that belongs to this run alone."""
        return self.work / "runs" / self.name

    @property
    def encoder(self) -> Path:
        """Folder of the encoder that the run ends with."""
        return self.folder / "encoder"


def fetch_and_render(run: Run) -> None:
    """Fetch the sources and render their drawings."""
    make_banks(run.work)


def paint(run: Run) -> None:
    """Paint the scenes that stand behind the drawings."""
    icons = run.work / "icons"
    rgba = np.load(icons / "train.npy", mmap_mode="r")
    names = [entry["name"] for entry in read_entries(run.work)]
    paint_bank(run.work / "scenes.npy", SCENES_PAINTED, SCENES_SEED, rgba, names)


def embed_texts(run: Run) -> None:
    """Embed every text of the training with the frozen text tower."""
    texts = _texts(run)

    def embed(texts: Sequence[str]) -> Tensor:
        model, tokenizer = starting_text_tower(run.work)
        model.to(run.device)  # type: ignore[arg-type]  # the types of transformers' to() are wrong
        starts = range(0, len(texts), _EMBEDDED_AT_ONCE)
        parts = (texts[start : start + _EMBEDDED_AT_ONCE] for start in starts)
        return torch.cat(
            [
                text_tower.pooled(model, tokenizer, part)
                for part in track(parts, "embed texts", total=len(starts))
            ]
        )

    embed_once(texts, run.work / "texts", embed)


def _texts(run: Run) -> tuple[str, ...]:
    return texts_of(read_words(read_entries(run.work)))


def train_towers(run: Run) -> None:
    """Train, or go on with a training that was interrupted."""
    train(run.schedule, run.work, run.folder, run.device)


def write_encoder(run: Run) -> None:
    """Calibrate the best weights, and write them as a folder in the hub's format."""
    best = torch.load(run.folder / "best.pt", map_location="cpu", weights_only=True)
    model = starting_model(run.work, run.schedule.first_block, run.schedule.seed)
    model.load_state_dict(best["model"])
    validation = load_material(run.work, torch.device("cpu")).validation
    model.set_scale(validation.calibrated_scale(model))
    text_model, tokenizer = starting_text_tower(run.work)
    texts = _texts(run)
    export(model, text_model, tokenizer, texts, run.encoder)
    write_checksums(run.encoder)


def evaluate_encoder(run: Run, data: Path) -> Evaluation:
    """Carry out the fixed test on the run's encoder."""
    return evaluate(run.encoder, run.work, data, run.folder)


def write_card(run: Run, seeds: Sequence[Path]) -> None:
    """Write the encoder's model card, and the NOTICE that goes with it.

    ``seeds`` are the evaluations of other seeds, for the spread.
    """
    record = read_record(run.work)
    texts = frozenset(_texts(run))
    card = model_card(
        run.encoder,
        Made(run.name, run.schedule, record, texts),
        load_evaluation(run.folder / RESULT),
        [load_evaluation(seed) for seed in seeds],
    )
    (run.encoder / CARD).write_text(card, encoding="utf-8")
    (run.folder / "NOTICE").write_text(notice(record.pictures), encoding="utf-8")
