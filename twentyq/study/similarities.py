"""The one pass: pictures and prompts embedded once, and their similarities kept for every mode."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch import Tensor

import twentyq
from twentyq.batch.manifest import Manifest
from twentyq.calibration import fingerprint
from twentyq.encoder import Encoder, PromptStore
from twentyq.engine.plan import Plan
from twentyq.errors import PictureError
from twentyq.study.contents import Contents, Indices, choose_pictures, read_contents
from twentyq.study.embedding import Progress, picture_vectors, prompt_vectors
from twentyq.study.labelled import LabelledPictures
from twentyq.study.study_folder import open_study_folder
from twentyq.study.summary import Problem
from twentyq.system import System

BATCH = 64
BARE_NAME = "{}"


@dataclass(frozen=True, slots=True, eq=False)
class Similarities:
    """Labelled pictures as an encoder sees them: everything that any mode is replayed on.

    names        what each picture is called, `(n,)`
    truth        the true label of each, an index into the plan's labels, `(n,)` int64
    groups       cosines with the plan's prompts in plan order, `(n, Q)` float64
    class_names  by template, cosines with the class names in plan order, `(n, N)` float64
    vectors      unit vectors of the pictures, `(n, d)` float32
    problems     what was left out, and why
    given        how many pictures the source holds, before anything was left out
    """

    names: tuple[str, ...]
    truth: Tensor
    groups: Tensor
    class_names: dict[str, Tensor]
    vectors: Tensor
    problems: tuple[Problem, ...]
    given: int

    def rows(self, index: Tensor) -> Similarities:
        """Return some of the pictures, by number `(m,)` or by a mask `(n,)`."""
        chosen = torch.arange(len(self.names))[index]
        return replace(
            self,
            names=tuple(self.names[i] for i in chosen.tolist()),
            truth=self.truth[chosen],
            groups=self.groups[chosen],
            class_names={template: block[chosen] for template, block in self.class_names.items()},
            vectors=self.vectors[chosen],
        )


def observe(
    labelled: LabelledPictures,
    system: System,
    plan: Plan,
    encoder: Encoder,
    folder: Path,
    *,
    crop: str | None = None,
    store: PromptStore | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    batch_size: int = BATCH,
) -> Similarities:
    """Embed pictures and prompts once, and return their similarities, which stay in the folder.

    `plan` is the system's, and `labelled` was read with the plan's labels. Every batch is kept when
    it is done: a killed run that is resumed embeds no finished batch again, and leaves the same
    bytes as an unbroken one.
    Raises what `open_study_folder`, `embed_prompts` and `picture_vectors` do, and PictureError
    where no picture is left.
    """
    contents = read_contents(labelled)
    templates = tuple(dict.fromkeys((BARE_NAME, system.names_prompt)))
    texts = [prompt for group in plan.prompts for prompt in group]
    texts += [t.replace("{}", name) for t in templates for name in plan.classes]
    described = _manifest(labelled, contents, plan, texts, encoder, crop, batch_size)
    pieces = open_study_folder(folder, described, resume=resume)
    prompts = prompt_vectors(pieces, encoder, texts, store)
    vectors, faults = picture_vectors(
        pieces,
        encoder,
        labelled,
        contents,
        prompts.shape[1],
        crop=crop,
        batch_size=batch_size,
        progress=progress or (lambda _done, _total: None),
    )
    kept, problems = choose_pictures(labelled, contents, faults)
    if not len(kept):
        raise PictureError(
            "none of the pictures can be studied",
            where="PICTURES",
            got="; ".join(f"{problem.kind}: {problem.names[0]}" for problem in problems),
        )
    seen = vectors[contents.number[kept]]
    # In batches of one size, so that the last bits do not depend on anything else.
    columns = prompts.double().T
    cosines = torch.cat([some.double() @ columns for some in torch.split(seen, batch_size)])
    similarities = _put_together(labelled, kept, plan, templates, seen, cosines, problems)
    pieces.save(
        "similarities.npz",
        names=np.array(similarities.names),
        truth=similarities.truth.numpy(),
        vectors=seen.numpy(),
        prompts=np.array(texts),
        cosines=cosines.numpy(),
    )
    return similarities


def observe_once(
    labelled: LabelledPictures,
    system: System,
    plan: Plan,
    encoder: Encoder,
    *,
    crop: str | None = None,
    store: PromptStore | None = None,
    progress: Progress | None = None,
) -> Similarities:
    """Return what `observe` does, and keep nothing on disk."""
    with TemporaryDirectory() as scratch:
        return observe(
            labelled,
            system,
            plan,
            encoder,
            Path(scratch) / "study",
            crop=crop,
            store=store,
            progress=progress,
        )


def _manifest(
    labelled: LabelledPictures,
    contents: Contents,
    plan: Plan,
    texts: list[str],
    encoder: Encoder,
    crop: str | None,
    batch_size: int,
) -> Manifest:
    pictures = zip(labelled.names, labelled.labels, contents.digests, strict=True)
    return {
        "twentyq": twentyq.__version__,
        "encoder": encoder.identity,
        "encoder_settings": encoder.text_settings,
        "device": encoder.device.type,
        "crop": crop,
        "batch_size": batch_size,
        "prompts": texts,
        "system": fingerprint(plan),
        "pictures": list(pictures),
    }


def _put_together(
    labelled: LabelledPictures,
    kept: Indices,
    plan: Plan,
    templates: tuple[str, ...],
    vectors: Tensor,
    cosines: Tensor,
    problems: tuple[Problem, ...],
) -> Similarities:
    groups, *names = torch.split(
        cosines, [plan.n_prompts, *[len(plan.classes)] * len(templates)], dim=1
    )
    number = {label: i for i, label in enumerate(plan.labels)}
    labels = [labelled.labels[i] for i in kept]
    present = set(labels)
    if absent := [label for label in plan.labels if label not in present]:
        missing = Problem(kind="class without pictures", count=len(absent), names=absent)
        problems = (*problems, missing)
    return Similarities(
        names=tuple(labelled.names[i] for i in kept),
        truth=torch.tensor([number[label] for label in labels]),
        groups=groups.contiguous(),
        class_names={t: block.contiguous() for t, block in zip(templates, names, strict=True)},
        vectors=vectors,
        problems=(*labelled.problems, *problems),
        given=labelled.given,
    )
