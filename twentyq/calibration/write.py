"""From a calibration to the text of its file."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import TypeVar

import torch
from torch import Tensor

import twentyq
from twentyq.calibration.form import (
    Agrees,
    File,
    Lda,
    Named,
    Parts,
    Probability,
    Row,
    Table,
    Threshold,
)
from twentyq.calibration.setting import Setting
from twentyq.engine.calibration import Calibration, Discriminant, Moments
from twentyq.engine.plan import Plan

DIGITS = 6

Part = TypeVar("Part", bound=Calibration | Moments | Discriminant)


def rounded(part: Part) -> Part:
    """Return a calibration, or a part of one, with its tables as the file will hold them.

    Round before thresholds are fitted, and they are those of the calibration that is loaded.
    """
    changed: dict[str, object] = {}
    for field in fields(part):
        value = getattr(part, field.name)
        if isinstance(value, Tensor) and value.is_floating_point():
            flat = [float(f"{number:.{DIGITS}g}") for number in value.flatten().tolist()]
            changed[field.name] = torch.tensor(flat, dtype=value.dtype).reshape(value.shape)
        elif isinstance(value, Moments | Discriminant):
            changed[field.name] = rounded(value)
    return replace(part, **changed)  # type: ignore[arg-type]  # of the fields' own types


def dump_calibration(
    calibration: Calibration, plan: Plan, setting: Setting, *, system_name: str, encoder_name: str
) -> str:
    """Return the text of a calibration's file; the names are for people."""
    kept = rounded(calibration)
    lda, moments, probability = kept.discriminant, kept.moments, kept.probability
    file = File(
        twentyq=twentyq.__version__,
        system_name=system_name,
        encoder_name=encoder_name,
        setting=Named(**asdict(setting)),
        parts=Parts(
            temperature=kept.scale,
            bias=_row(kept.bias),
            noise=_row(kept.noise),
            weights=_row(kept.weights),
            confusion=None if kept.confusion is None else _blocks(plan, kept.confusion),
            lda=None
            if lda is None
            else Lda(
                center=lda.center.tolist(),
                means=[
                    row if has_mean else None
                    for row, has_mean in zip(lda.means.tolist(), lda.has_mean.tolist(), strict=True)
                ],
                covariance=[row[: i + 1] for i, row in enumerate(lda.covariance.tolist())],
            ),
            probability=None
            if probability is None
            else Probability(weight=probability.weight, redundancy=probability.redundancy),
            agrees=None
            if moments is None
            else Agrees(
                mean=moments.mean.tolist(),
                covariance=_blocks(plan, moments.covariance),
                thresholds=[Threshold(target=target, z=z) for target, z in moments.thresholds],
            ),
        ),
    )
    return file.model_dump_json(exclude_none=False) + "\n"


def _row(array: Tensor | None) -> Row | None:
    if array is None:
        return None
    row: Row = array.tolist()
    return row


def _blocks(plan: Plan, padded: Tensor) -> list[Table]:
    """Return each group's square block of a padded table, `(Q, K)`."""
    return [
        padded[plan.options_of(group), :size].tolist()
        for group, size in enumerate(plan.sizes.tolist())
    ]
