"""Vectors of prompts and pictures, embedded once and kept piece by piece in the study's folder."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from twentyq.encoder import (
    Encoder,
    PromptStore,
    embed_pictures,
    embed_prompts,
    require_one_width,
    unit_rows,
)
from twentyq.study.contents import Contents
from twentyq.study.labelled import LabelledPictures
from twentyq.study.study_folder import StudyFolder

Progress = Callable[[int, int], None]
"""Takes how many pictures are embedded so far, and how many there are."""


def prompt_vectors(
    pieces: StudyFolder, encoder: Encoder, texts: list[str], store: PromptStore | None
) -> Tensor:
    """Return unit vectors `(n_texts, d)`, from the study's folder where they are there already."""
    kept = pieces.load("prompts.npz")
    if kept is None:
        vectors, _ = embed_prompts(encoder, texts, store)
        kept = {"vectors": vectors.cpu().numpy()}
        pieces.save("prompts.npz", **kept)
    return torch.from_numpy(kept["vectors"])


def picture_vectors(
    pieces: StudyFolder,
    encoder: Encoder,
    labelled: LabelledPictures,
    contents: Contents,
    width: int,
    *,
    crop: str | None,
    batch_size: int,
    progress: Progress,
) -> tuple[Tensor, dict[int, str]]:
    """Return the unit vector of each content, `(n_contents, width)`, and the faults by content.

    A content with a fault has a row of NaN. Batches are fixed by the order of the contents.
    Raises EncoderError where the vectors are not as wide as those of prompts.
    """
    if labelled.vectors is not None:
        require_one_width(labelled.vectors.shape[1], width, where=encoder.name)
        return unit_rows(torch.from_numpy(labelled.vectors[contents.first])), {}
    pictures = labelled.pictures or ()
    total = len(contents.first)
    vectors = torch.full((total, width), torch.nan)
    faults: dict[int, str] = {}
    progress(0, total)
    for number, start in enumerate(range(0, total, batch_size)):
        rows = contents.first[start : start + batch_size].tolist()
        name = f"pictures/{number:06}.npz"
        piece = pieces.load(name)
        if piece is None:
            batch = [pictures[row] for row in rows]
            [embedded] = embed_pictures(encoder, batch, batch_size=len(batch), crop=crop)
            piece = {
                "usable": np.array(embedded.usable, dtype=np.int64),
                "vectors": embedded.vectors.cpu().numpy(),
                "faulty": np.array(list(embedded.faults), dtype=np.int64),
                "faults": np.array([fault.what for fault in embedded.faults.values()], dtype=str),
            }
            pieces.save(name, **piece)
        if len(piece["usable"]):
            require_one_width(piece["vectors"].shape[1], width, where=encoder.name)
            vectors[start + piece["usable"]] = torch.from_numpy(piece["vectors"])
        faulty = (start + piece["faulty"]).tolist()
        faults |= dict(zip(faulty, piece["faults"].tolist(), strict=True))
        progress(min(start + batch_size, total), total)
    return vectors, faults
