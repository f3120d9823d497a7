"""The test of one encoder, as `protocol.yaml` lays it down, and what it found."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from twentyq.encoder import load_encoder
from twentyq.training.answers import answer_figures
from twentyq.training.fixed_pictures import IconBank, fixed_pictures, write_pictures
from twentyq.training.measures import Difference, Figure
from twentyq.training.protocol import load_protocol
from twentyq.training.similarity import Eyes
from twentyq.training.speed import Cost, measure_cost
from twentyq.training.trial import View, run_trial
from twentyq.training.trials import Drawings, drawing_trials, folder_trials

RESULT = "evaluation.json"
PICTURES = "test-pictures"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that the test found about one encoder."""

    encoder: str
    identity: str
    scale: float
    seconds: float
    cost: Cost
    figures: tuple[Figure, ...]
    differences: tuple[Difference, ...]
    left_out: tuple[str, ...]

    def figure(self, part: str, measure: str, subset: str = "all") -> Figure | None:
        """Return one figure, or None where its part was left out."""
        wanted = (part, measure, subset)
        found = (one for one in self.figures if (one.part, one.measure, one.subset) == wanted)
        return next(found, None)

    def difference(self, part: str, measure: str, subset: str = "all") -> Difference | None:
        """Return one paired difference, or None where its part was left out."""
        wanted = (part, measure, subset)
        found = (one for one in self.differences if (one.part, one.measure, one.subset) == wanted)
        return next(found, None)


def evaluate(encoder: Path, work: Path, data: Path, out: Path) -> Evaluation:
    """Run the whole test on an encoder's folder, and write `evaluation.json` into `out`.

    `work` is the training's work folder, whose banks hold the drawings, and which gets the test's
    pictures in a folder for each animal. `data` is a folder with
    `pokemon-cards`, `pokemon-177` and `birds`; what is not there is left out, and said to be.
    Raises EncoderError, PictureError or TrainingError where something cannot be read.
    """
    started = time.monotonic()
    protocol = load_protocol()
    # Figures must not depend on the machine's accelerator, nor on its number type.
    loaded = load_encoder(str(encoder), device="cpu")
    eyes = Eyes(loaded)
    icons = work / "icons"
    shown = fixed_pictures(protocol, IconBank.load(icons, "test"), IconBank.load(icons, "train"))
    write_pictures(protocol, shown, work / PICTURES)
    white, scene = (
        eyes.pictures(getattr(one, background) for one in shown)
        for background in ("white", "scene")
    )
    views = {"white": View(white, white.mean(dim=0)), "scene": View(scene, scene.mean(dim=0))}
    drawings = Drawings(tuple(shown), views)
    figures = answer_figures(protocol, drawings, eyes)
    differences: list[Difference] = []
    left_out: list[str] = []
    on_folders = folder_trials(protocol, data, eyes, left_out)
    for trial in (*drawing_trials(protocol, drawings), *on_folders):
        found, paired = run_trial(trial, eyes, protocol.intervals)
        figures += found
        differences += paired
    result = Evaluation(
        encoder=encoder.name,
        identity=loaded.identity,
        scale=loaded.scale,
        seconds=round(time.monotonic() - started, 1),
        cost=measure_cost(loaded, encoder, shown[0].scene),
        figures=tuple(figures),
        differences=tuple(differences),
        left_out=tuple(left_out),
    )
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(result), indent=1, ensure_ascii=False)
    (out / RESULT).write_text(text + "\n", encoding="utf-8")
    return result


def load_evaluation(path: Path) -> Evaluation:
    """Return what `evaluate` wrote."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return Evaluation(
        **content
        | {
            "cost": Cost(**content["cost"]),
            "figures": tuple(Figure(**one) for one in content["figures"]),
            "differences": tuple(Difference(**one) for one in content["differences"]),
            "left_out": tuple(content["left_out"]),
        }
    )
