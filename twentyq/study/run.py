"""From labelled pictures to a folder with a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from twentyq.encoder import Encoder, Picture, PromptStore, embed_prompts, notice_of_cut
from twentyq.engine import Plan
from twentyq.engine.calibration import Calibration
from twentyq.engine.threads import threads
from twentyq.errors import PictureError
from twentyq.result import Result
from twentyq.study.analysis import Settings, analyse
from twentyq.study.embedding import Progress
from twentyq.study.labelled import LabelledPictures
from twentyq.study.records import Record, read_results, write_records
from twentyq.study.report import Story, render, thumbnail
from twentyq.study.similarities import observe
from twentyq.study.summary import Summary
from twentyq.study.ways import Studied, adaptive_game, pairs
from twentyq.system import System

TOLD = 4  # pictures told of each kind: adaptive alone wrong, alone right, both alike


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """What to study: a system compiled to `plan`, an encoder, and labelled pictures.

    `crop` is how pictures are cut; `calibration` has been matched to the plan, None is none.
    """

    system: System
    plan: Plan
    encoder: Encoder
    labelled: LabelledPictures
    crop: str | None = None
    calibration: Calibration | None = None


def run_study(
    study: Study,
    settings: Settings,
    folder: Path,
    *,
    command: str,
    store: PromptStore | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> Summary:
    """Embed what is not embedded yet, replay every mode, and write the report into `folder`.

    A run that was killed goes on with `resume` and leaves the bytes of an unbroken one; `command`
    is what makes the study, and stands in its files. Raises UsageError for a policy or stop rule
    that the plan or the calibration does not allow, and what `observe` and `render` do.
    """
    encoder = study.encoder
    # What cannot be played is refused before anything is embedded.
    for policy, stop in pairs(settings.policies, settings.stops):
        adaptive_game(study.plan, encoder.scale, policy, stop, study.calibration)
    seen = observe(
        study.labelled,
        study.system,
        study.plan,
        encoder,
        folder,
        crop=study.crop,
        store=store,
        resume=resume,
        progress=progress,
    )
    studied = Studied(
        system=study.system,
        plan=study.plan,
        encoder=encoder.name,
        encoder_identity=encoder.identity,
        scale=encoder.scale,
        similarities=seen,
        calibration=study.calibration,
        notice=notice_of_cut(encoder, [it for group in study.plan.prompts for it in group]),
    )

    all_threads = torch.get_num_threads()

    def embed(texts: Sequence[str]) -> Tensor:
        # Texts of like length together: batches are padded to the longest in them.
        order = np.argsort(encoder.count_tokens(list(texts)), kind="stable")
        with threads(all_threads):
            vectors, _ = embed_prompts(encoder, [texts[i] for i in order], None)
        return vectors[torch.from_numpy(np.argsort(order))]

    # Play is many small arrays: where cores are busy, threads wait for each other tenfold.
    with threads(1):
        analysis = analyse(studied, settings, embed, command)
        truth = [study.plan.labels[label] for label in seen.truth.tolist()]
        ways = dict.fromkeys((analysis.names, analysis.full, analysis.own_full, analysis.default))
        said = {way: read_results(way, seen.names, traced=way is analysis.default) for way in ways}
    write_records(
        folder,
        (
            Record(way, true, result)
            for way, results in said.items()
            for true, result in zip(truth, results, strict=True)
        ),
    )
    stories = _stories(study.labelled, truth, said[analysis.default], said[analysis.own_full])
    render(analysis.summary, stories, folder)
    return analysis.summary


def _stories(
    labelled: LabelledPictures,
    truth: Sequence[str],
    adaptive: Sequence[Result],
    full: Sequence[Result],
) -> list[Story]:
    """Tell a few pictures of each kind, evenly spread over those there are."""
    alone_wrong: list[int] = []
    alone_right: list[int] = []
    alike: list[int] = []
    for i, (true, mine, its) in enumerate(zip(truth, adaptive, full, strict=True)):
        right, full_right = mine.label == true, its.label == true
        pile = alike if right == full_right else alone_right if right else alone_wrong
        pile.append(i)
    source = {name: i for i, name in enumerate(labelled.names)}
    return [
        Story.of(
            adaptive[i],
            truth=truth[i],
            full=full[i].label,
            thumbnail=_thumbnail(labelled.pictures, source[adaptive[i].picture]),
        )
        for pile in (alone_wrong, alone_right, alike)
        for i in _spread(pile)
    ]


def _spread(rows: Sequence[int]) -> list[int]:
    places = np.unique(np.linspace(0, len(rows) - 1, TOLD).round().astype(int)) if rows else ()
    return [rows[place] for place in places]


def _thumbnail(pictures: Sequence[Picture] | None, row: int) -> bytes | None:
    if pictures is None:
        return None
    try:
        return thumbnail(pictures[row])
    except PictureError:
        # It was embedded before; only its file has gone since.
        return None
