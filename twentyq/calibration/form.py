"""The form of a calibration's file, checked by pydantic."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Strict(BaseModel):
    """Refuses what it does not know, and numbers that are not finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


Row = list[float]
Table = list[Row]


class Threshold(Strict):
    """The least z that keeps a target share of agreement with full."""

    target: Annotated[float, Field(gt=0, lt=1)]
    z: float


class Agrees(Strict):
    """Moments of answers, one square of covariances per group, and the thresholds."""

    mean: Row
    covariance: list[Table]
    thresholds: list[Threshold]


class Lda(Strict):
    """Class means of log-ratios, null without pictures; the covariance is its lower triangle."""

    center: Row
    means: list[Row | None]
    covariance: Table


class Probability(Strict):
    """The weight and the redundancy of the reported probability."""

    weight: float
    redundancy: float


class Parts(Strict):
    """The parts of the calibration; null where one is absent."""

    temperature: float | None = None
    bias: Row | None = None
    noise: Row | None = None
    weights: Row | None = None
    confusion: list[Table] | None = None
    lda: Lda | None = None
    probability: Probability | None = None
    agrees: Agrees | None = None


class Named(Strict):
    """Where the calibration holds; see `Setting`."""

    encoder: str
    system: str
    scale: str
    skip_unused: bool
    crop: str | None
    policy: str | None
    decide: str | None


class File(Strict):
    """The whole file; the two names are for people."""

    schema_version: Literal[1] = 1
    twentyq: str
    system_name: str
    encoder_name: str
    setting: Named
    parts: Parts
