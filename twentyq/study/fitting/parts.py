"""The parts of a calibration, and how any of them are fitted together, each on those before it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from torch import Tensor

from twentyq.engine.belief import BeliefSettings
from twentyq.engine.calibration import Calibration
from twentyq.engine.plan import Plan
from twentyq.engine.reading import Reading, build_reading
from twentyq.errors import UsageError, shown, suggestion
from twentyq.study.fitting.bias import fit_bias
from twentyq.study.fitting.confusion import fit_confusion
from twentyq.study.fitting.discriminant import fit_discriminant
from twentyq.study.fitting.evidence import draw_subsets
from twentyq.study.fitting.noise import fit_noise
from twentyq.study.fitting.temperature import fit_temperature
from twentyq.study.fitting.weights import fit_weights
from twentyq.study.group_answers import read_answers

UNLABELLED = ("bias", "noise", "agrees")
LABELLED = ("temperature", "weights", "confusion", "lda", "probability")
PARTS = (*UNLABELLED, *LABELLED)
SEED = 0


def fit_parts(
    plan: Plan, scale: float, similarities: Tensor, truth: Tensor | None, parts: Collection[str]
) -> Calibration:
    """Return a calibration with these parts, of cosines `(n_images, n_prompts)`.

    `truth` indexes labels, `(n_images,)`; only `bias` and `noise` do without. `probability` and
    `agrees` need pictures that the other parts did not see, and are fitted elsewhere.
    """
    calibration = Calibration()
    subsets = draw_subsets(plan, SEED)

    def reading(changed: Calibration) -> Reading:
        return build_reading(plan, scale, BeliefSettings(), changed)

    if "temperature" in parts and truth is not None:
        unbiased = "bias" in parts
        tau = fit_temperature(plan, scale, similarities, truth, subsets, unbiased=unbiased)
        calibration = replace(calibration, scale=tau)
    if "bias" in parts:
        answers = read_answers(reading(calibration), similarities)
        calibration = replace(calibration, bias=fit_bias(answers))
    answers = read_answers(reading(calibration), similarities)
    if "noise" in parts:
        calibration = replace(calibration, noise=fit_noise(plan, answers))
    if truth is None:
        return calibration
    if "confusion" in parts:
        calibration = replace(calibration, confusion=fit_confusion(plan, answers, truth))
    if "weights" in parts:
        weights = fit_weights(reading(calibration), similarities, truth, subsets)
        calibration = replace(calibration, weights=weights)
    if "lda" in parts:
        calibration = replace(calibration, discriminant=fit_discriminant(plan, answers, truth))
    return calibration


def parse_parts(text: str | None, *, labelled: bool) -> tuple[str, ...]:
    """Return the parts that the command line names, joined by commas; all that can be, if none.

    Raises UsageError for an unknown part, and for one that needs labels where there are none.
    """
    possible = PARTS if labelled else UNLABELLED
    named = possible if text is None else tuple(part.strip() for part in text.split(","))
    for part in named:
        if part in LABELLED and not labelled:
            raise UsageError(
                "this part needs labels",
                where="parts",
                got=f"{part} with --unlabelled",
                allowed=", ".join(UNLABELLED),
                mend="leave it out, or give pictures whose labels are known",
            )
        if part not in possible:
            raise UsageError(
                "a calibration has no such part",
                where="parts",
                got=shown(part),
                allowed=", ".join(possible),
                mend=suggestion(part, possible),
            )
    return tuple(part for part in PARTS if part in named)
