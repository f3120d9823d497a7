"""Whole classifications beside the encoder they use, and beside transformers' pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import torch

from twentyq.bench.timing import Case
from twentyq.classifier import Classifier
from twentyq.encoder import Encoder, Picture, embed_pictures, open_picture
from twentyq.encoder.builtin_weights import FOLDER
from twentyq.encoder.quiet import quiet_transformers
from twentyq.system import System

TASK = "zero-shot-image-classification"


def picture_cases(
    system: System, encoder: Encoder, pictures: Sequence[Picture], batch_size: int
) -> dict[str, Case]:
    """Return cases that go over the same pictures, from their files unless `encoder` alone.

    encoder                  the encoder, on pictures that were decoded before
    decode and encode        reading the files, and the encoder
    full                     that, and every prompt asked, their vectors known
    adaptive warm            that, and play with the default settings, the vectors of prompts known
    decode and encode again  nothing new: what equal cases differ by is noise
    adaptive cold            `adaptive warm` by a new classifier without vectors and without a store
    pipeline                 transformers' own, where it can take this encoder; see `pipeline_case`

    Vectors are known from a case's first run, which is not timed.
    """
    decoded = [open_picture(picture) for picture in pictures]
    full = Classifier(system, encoder, mode="full", crop=None, batch_size=batch_size)
    warm = Classifier(system, encoder, crop=None, batch_size=batch_size)

    def decode_and_encode() -> object:
        return list(embed_pictures(encoder, pictures, batch_size=batch_size))

    def cold() -> object:
        return Classifier(system, encoder, crop=None, batch_size=batch_size).classify(pictures)

    cases: dict[str, Case] = {
        "encoder": lambda: encoder.embed_images(decoded),
        "decode and encode": decode_and_encode,
        "full": lambda: full.classify(pictures),
        "adaptive warm": lambda: warm.classify(pictures),
        "decode and encode again": decode_and_encode,
        "adaptive cold": cold,
    }
    prompts = [prompt for group in warm.plan.prompts for prompt in group]
    pipeline = pipeline_case(encoder, pictures, prompts, batch_size)
    if pipeline is not None:
        cases["pipeline"] = pipeline
    return cases


def pipeline_case(
    encoder: Encoder, pictures: Sequence[Picture], prompts: list[str], batch_size: int
) -> Case | None:
    """Return transformers' zero-shot pipeline on the encoder's own model, or None.

    Same model, float32, pictures from the same files, the same prompts as labels. It scores all
    prompts in one softmax, so that its answer is another; its work is that of `full`.
    """
    from transformers import pipeline

    model = str(FOLDER) if encoder.name == "builtin" else encoder.name
    # Whatever it is that transformers cannot load or run, there is then nothing to compare with.
    with suppress(Exception), quiet_transformers():
        score = pipeline(TASK, model=model, device=encoder.device, dtype=torch.float32)  # type: ignore[call-overload]  # the task's own type is not among the overloads
        score(open_picture(pictures[0]), candidate_labels=prompts[:2], hypothesis_template="{}")

        def case() -> object:
            images = [open_picture(picture) for picture in pictures]
            with quiet_transformers():
                return score(
                    images,
                    candidate_labels=prompts,
                    hypothesis_template="{}",
                    batch_size=batch_size,
                )

        return case
    return None
