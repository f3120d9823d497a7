"""From the file of a calibration to its arrays, where it belongs and nowhere else."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from itertools import chain
from pathlib import Path

import torch
from pydantic import ValidationError
from torch import Tensor

from twentyq.calibration.form import File, Lda, Parts, Row, Table
from twentyq.calibration.setting import Setting
from twentyq.engine.calibration import (
    Calibration,
    Discriminant,
    Moments,
    ReportedProbability,
    check_fits,
)
from twentyq.engine.plan import Plan
from twentyq.errors import UsageError, shown

MAX_BYTES = 200_000_000
AGAIN = "calibrate again, with `twentyq calibrate`"


def load_calibration(path: Path, plan: Plan, setting: Setting) -> Calibration:
    """Read a calibration for a plan, played in a setting.

    Where the setting has no policy, the thresholds of `agrees` are left out. Raises UsageError for
    a file that cannot be read, is damaged, or was made for another setting.
    """
    file = _parse(path)
    thresholds = file.parts.agrees is not None and bool(file.parts.agrees.thresholds)
    for field in fields(setting):
        wanted, named = getattr(setting, field.name), getattr(file.setting, field.name)
        of_thresholds = field.name in ("policy", "decide")
        if wanted == named or (of_thresholds and (wanted is None or not thresholds)):
            continue
        raise UsageError(
            f"the calibration was made for another {field.name.replace('_', '-')}",
            where=f"{path}, setting.{field.name}",
            got=_said(file, field.name, named),
            allowed=shown(wanted) if isinstance(wanted, str) else json.dumps(wanted),
            mend=f"{AGAIN}, or play as it was made",
        )
    try:
        calibration = _arrays(plan, file.parts)
    except (ValueError, RuntimeError, IndexError) as fault:
        raise _damaged(path, "parts", str(fault)) from None
    check_fits(plan, calibration)
    if calibration.moments is not None and setting.policy is None:
        moments = replace(calibration.moments, thresholds=())
        calibration = replace(calibration, moments=moments)
    return calibration


def _parse(path: Path) -> File:
    try:
        if path.exists() and not path.is_file():
            raise UsageError(
                "this is not an ordinary file", where=str(path), mend="name the calibration's file"
            )
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        raise UsageError(
            "the calibration cannot be read",
            where=str(path),
            got=reason,
            mend="check the path, or make one with `twentyq calibrate`",
        ) from None
    if len(content) > MAX_BYTES:
        raise _damaged(path, "", f"more than {MAX_BYTES:,} bytes")
    try:
        return File.model_validate_json(content)
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        raise _damaged(path, key, first["msg"]) from None


def _arrays(plan: Plan, parts: Parts) -> Calibration:
    """Return the arrays of a file's parts; raises ValueError where a table is ragged."""
    lda, agrees, stated = parts.lda, parts.agrees, parts.probability
    return Calibration(
        scale=parts.temperature,
        bias=_tensor(plan, parts.bias),
        noise=_tensor(plan, parts.noise),
        weights=_tensor(plan, parts.weights),
        confusion=None if parts.confusion is None else _padded(plan, parts.confusion),
        discriminant=None if lda is None else _discriminant(plan, lda),
        probability=None
        if stated is None
        else ReportedProbability(stated.weight, stated.redundancy),
        moments=None
        if agrees is None
        else Moments(
            mean=torch.tensor(agrees.mean, dtype=torch.float64, device=plan.device),
            covariance=_padded(plan, agrees.covariance),
            thresholds=tuple((item.target, item.z) for item in agrees.thresholds),
        ),
    )


def _discriminant(plan: Plan, lda: Lda) -> Discriminant:
    width = len(lda.center)
    if [len(row) for row in lda.covariance] != list(range(1, width + 1)):
        raise ValueError("lda.covariance is not the lower triangle of a table")
    square = torch.zeros(width, width, dtype=torch.float64)
    rows, columns = torch.tril_indices(width, width)
    square[rows, columns] = torch.tensor(list(chain(*lda.covariance)), dtype=torch.float64)
    covariance = square + square.tril(-1).T
    means = [row if row is not None else [0.0] * width for row in lda.means]
    return Discriminant(
        center=torch.tensor(lda.center, dtype=torch.float64, device=plan.device),
        means=torch.tensor(means, dtype=torch.float64, device=plan.device),
        has_mean=torch.tensor([row is not None for row in lda.means], device=plan.device),
        covariance=covariance.to(plan.device),
    )


def _tensor(plan: Plan, row: Row | None) -> Tensor | None:
    return None if row is None else torch.tensor(row, dtype=torch.float64, device=plan.device)


def _padded(plan: Plan, blocks: list[Table]) -> Tensor:
    """Return blocks as one padded table; raises ValueError where a block has another shape."""
    sizes = plan.sizes.tolist()
    if [len(block) for block in blocks] != sizes:
        raise ValueError("a group has another number of options than the system's")
    padded = torch.zeros(plan.n_prompts, max(sizes), dtype=torch.float64)
    for group, (block, size) in enumerate(zip(blocks, sizes, strict=True)):
        table = torch.tensor(block, dtype=torch.float64)
        padded[plan.options_of(group), :size] = table.reshape(size, size)
    return padded.to(plan.device)


def _said(file: File, field: str, named: object) -> str:
    called = {"encoder": file.encoder_name, "system": file.system_name}
    text = shown(named) if isinstance(named, str) else json.dumps(named)
    return f"{text}, called {shown(called[field])}" if field in called else text


def _damaged(path: Path, key: str, got: str) -> UsageError:
    return UsageError(
        "the calibration is damaged",
        where=f"{path}, {key}" if key else str(path),
        got=shown(got),
        mend=AGAIN,
    )
