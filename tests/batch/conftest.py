"""A run over pictures of a world that can be judged by eye, ready to begin."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.study.seeing import SYSTEM, SeeingEncoder, draw_pictures
from twentyq.batch.beginning import open_run
from twentyq.batch.local import embedded_batches, run_here
from twentyq.batch.opening import open_source
from twentyq.batch.prompts import RunPrompts
from twentyq.batch.run_folder import PROMPTS, RunFolder
from twentyq.batch.settings import Settings
from twentyq.system import load_system


@dataclass
class World:
    """Pictures in a folder, a system of six classes, and a folder for the run."""

    root: Path
    settings: Settings
    encoder: SeeingEncoder = field(default_factory=SeeingEncoder)

    @property
    def out(self) -> Path:
        return self.root / "out"

    @property
    def classifier(self):
        return self.settings.classifier(self.encoder, RunPrompts(self.out / PROMPTS))

    @property
    def source(self):
        return open_source(str(self.root / "pictures"))

    def open(self, *, join: bool = False, tell=lambda _: None) -> RunFolder:
        return open_run(
            self.out, self.source, self.settings, self.classifier, store=None, join=join, tell=tell
        )

    def make(self, folder: RunFolder, numbers=None, workers: int = 0) -> list[int]:
        """Make some shards, or all, and return how many pictures each batch had."""
        told: list[int] = []
        numbers = range(len(folder.shards.sizes)) if numbers is None else numbers
        run_here(self.classifier, self.source, folder, numbers, workers=workers, tell=told.append)
        return told

    def embedded(self, folder: RunFolder, numbers):
        return embedded_batches(self.classifier, self.source, folder, numbers, 0)


@pytest.fixture
def world(tmp_path) -> World:
    """Eleven pictures, of which one is torn, in shards of four and batches of three."""
    (tmp_path / "things.yaml").write_text(SYSTEM)
    draw_pictures(tmp_path / "pictures", each=2)
    (tmp_path / "pictures" / "grass" / "torn.png").write_bytes(b"torn")
    system = load_system(tmp_path / "things.yaml")
    return World(tmp_path, Settings(system=system, batch_size=3, shard_size=4, top=2))
