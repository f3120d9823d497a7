"""Vectors of prompts and pictures, embedded once and kept piece by piece in the study's folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from twentyq.encoder import Encoder, PromptStore, embed_pictures, embed_prompts, unit_rows
from twentyq.errors import EncoderError
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
        _require_width(labelled.vectors, width, encoder)
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
            _require_width(piece["vectors"], width, encoder)
            vectors[start + piece["usable"]] = torch.from_numpy(piece["vectors"])
        faulty = (start + piece["faulty"]).tolist()
        faults |= dict(zip(faulty, piece["faults"].tolist(), strict=True))
        progress(min(start + batch_size, total), total)
    return vectors, faults


def _require_width(vectors: np.ndarray[Any, Any], width: int, encoder: Encoder) -> None:
    if vectors.shape[1] != width:
        raise EncoderError(
            "vectors of pictures and of prompts do not fit together",
            where=encoder.name,
            got=f"{vectors.shape[1]} numbers a picture, {width} a prompt",
            mend="use the encoder that embedded the pictures",
        )
