"""How often single answers are right: shape, trait and scene, in wordings never trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from twentyq.training.measures import Figure, Hits, figure
from twentyq.training.protocol import Protocol, Wording
from twentyq.training.similarity import Eyes
from twentyq.training.trials import Drawings


def answer_figures(protocol: Protocol, drawings: Drawings, eyes: Eyes) -> list[Figure]:
    """Return the share of right answers to shape, trait and scene, raw and with bias removed."""
    options, answers, shown = protocol.options, protocol.answers, drawings.pictures
    animals = [protocol.animals[one.animal] for one in shown]
    white, scene = (drawings.views[background].images for background in ("white", "scene"))
    both = torch.stack([white, scene])
    # Only what is some animal's first shape or trait is an option, as in the five groups.
    first = {animal.trait[0] for animal in protocol.animals.values() if animal.trait}
    traits = {key: wording for key, wording in options.trait.items() if key in first}
    asked = (
        ("shape", options.shape, [animal.shape for animal in animals], both, answers.shape),
        ("trait", traits, [animal.trait for animal in animals], both, answers.trait),
        ("scene", options.scene, [(one.scene_name,) for one in shown], scene[None], answers.scene),
    )
    figures = []
    for part, wordings, right, images, templates in asked:
        rounds = answers.wordings if part != "scene" else 1
        truth = np.array([[key in those for key in wordings] for those in right])
        prompts = list(_prompts(wordings, templates, rounds))
        known = truth.any(axis=1)
        for measure, unbiased in (("unseen", False), ("unseen-unbiased", True)):
            hits = _hits(images, prompts, truth, eyes, unbiased=unbiased)
            figures.append(
                figure(
                    part,
                    measure,
                    hits[known],
                    float(truth[known].mean()),
                    protocol.intervals,
                    subset="all",
                    note=f"mean over {len(prompts)} wordings",
                )
            )
    return figures


def _prompts(
    wordings: Mapping[str, Wording], templates: Sequence[str], rounds: int
) -> list[list[str]]:
    return [
        [
            template.replace("{}", wording.unseen[turn % len(wording.unseen)])
            for wording in wordings.values()
        ]
        for template in templates
        for turn in range(rounds)
    ]


def _hits(
    images: Tensor,
    prompts: Sequence[Sequence[str]],
    truth: np.ndarray[tuple[int, int], np.dtype[np.bool_]],
    eyes: Eyes,
    *,
    unbiased: bool,
) -> Hits:
    """Return how often each drawing's answers are right, over its backgrounds and all wordings.

    `images` is `(n_backgrounds, n_drawings, d)`, `truth` is `(n_drawings, n_options)`.
    """
    tried = []
    for texts in prompts:
        similarities = images @ eyes.texts(texts).T
        if unbiased:
            similarities = similarities - similarities.mean(dim=(0, 1))
        answers = similarities.argmax(dim=2).numpy()
        tried.append(truth[np.arange(len(truth)), answers].mean(axis=0))
    hits: Hits = np.mean(tried, axis=0)
    return hits
