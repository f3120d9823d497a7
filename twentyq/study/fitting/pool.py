"""Pictures without labels, as an encoder sees them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from twentyq.encoder import Encoder, PromptStore, embed_pictures, embed_prompts
from twentyq.engine.plan import Plan
from twentyq.errors import PictureError
from twentyq.study.contents import choose_pictures, read_contents
from twentyq.study.embedding import Progress
from twentyq.study.labelled import LabelledPictures
from twentyq.study.summary import Problem

BATCH = 64


def observe_unlabelled(
    paths: Sequence[Path],
    plan: Plan,
    encoder: Encoder,
    *,
    crop: str | None,
    store: PromptStore | None,
    progress: Progress,
) -> tuple[Tensor, tuple[Problem, ...]]:
    """Return cosines of pictures with the plan's prompts, `(n_images, n_prompts)` float64.

    Equal pictures count once, or chance would be thought smaller than it is; they and unreadable
    ones are told. Raises PictureError where no picture is left, and what `embed_prompts` does.
    """
    pool = LabelledPictures(
        names=tuple(map(str, paths)),
        labels=("",) * len(paths),
        pictures=paths,
        vectors=None,
        problems=(),
        given=len(paths),
    )
    contents = read_contents(pool)
    distinct = [paths[i] for i in contents.first.tolist()]
    prompts, _ = embed_prompts(encoder, [text for group in plan.prompts for text in group], store)
    parts: list[Tensor] = []
    faults: dict[int, str] = {}
    progress(0, len(distinct))
    for batch in embed_pictures(encoder, distinct, batch_size=BATCH, crop=crop):
        faults |= {batch.first + i: fault.what for i, fault in batch.faults.items()}
        if batch.usable:
            parts.append(batch.vectors.cpu().double() @ prompts.cpu().double().T)
        progress(batch.first + len(batch.names), len(distinct))
    _, problems = choose_pictures(pool, contents, faults)
    if not parts:
        raise PictureError("none of the pictures can be read", where=str(paths[0]), got=faults[0])
    return torch.cat(parts), problems
