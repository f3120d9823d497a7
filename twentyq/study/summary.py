"""The figures of a study, as `summary.json` holds them; the schema is published from here."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Figures(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Share(_Figures):
    """A count out of a total with its 95 % Wilson interval."""

    count: int
    total: int
    share: float
    low: float
    high: float


class Estimate(_Figures):
    """A value with its 95 % interval; the fields' own descriptions say how it was found."""

    value: float
    low: float
    high: float


class Problem(_Figures):
    """Something about the labelled pictures that a reader must know: how often, and which.

    `kind` is one of: unknown label, unreadable, duplicate, under two labels, class without
    pictures.
    """

    kind: str
    count: int
    names: list[str]


class Subject(_Figures):
    """What was studied. `prompts` is Q; `used_prompts` counts the options that some rule names."""

    system: str
    system_source: str
    classes: int
    labels: int
    groups: int
    prompts: int
    used_prompts: int
    encoder: str
    encoder_identity: str
    encoder_scale: float
    pictures: int
    pictures_given: int
    chance: float
    problems: list[Problem]


class McNemar(_Figures):
    """The exact test of a mode against full: pictures that only one of them gets right.

    `p` is of this test alone; `p_holm` is corrected for all the modes that the summary tests.
    """

    only_this: int
    only_full: int
    p: float
    p_holm: float


class Cost(_Figures):
    """Prompts spent on a picture.

    `share` is the mean over Q, `share_of_used` over the used prompts. `embedded` maps a number of
    pictures to the mean number of prompts that the text encoder must embed for so many, from an
    empty store.
    """

    mean: float
    share: float
    share_of_used: float
    p95: Estimate
    p99: Estimate
    embedded: dict[int, float]


class Bin(_Figures):
    """Pictures whose stated probability lies in one bin."""

    low: float
    high: float
    stated: float
    accuracy: Share


class Reliability(_Figures):
    """The stated probability of the returned label against how often it is right.

    `speaks` says whether it is the posterior or the calibrated probability.
    """

    speaks: Literal["posterior", "probability"]
    ece: Estimate
    bins: list[Bin]


class Mode(_Figures):
    """One way to classify, on the same pictures as all others.

    `difference` is accuracy minus full's, paired bootstrap; `macro_accuracy` the mean over labels.
    """

    name: str
    mode: Literal["adaptive", "full", "names"]
    policy: str | None
    stop: str | None
    scale: Literal["encoder", "article"]
    calibrated: bool
    accuracy: Share
    macro_accuracy: Estimate
    top5: Share
    agreement: Share | None
    difference: Estimate | None
    mcnemar: McNemar | None
    cost: Cost
    reliability: Reliability | None


class Point(_Figures):
    """One threshold of a stop rule: its mean prompts, accuracy and agreement with full."""

    threshold: float
    prompts: float
    accuracy: Share
    agreement: Share


class Curve(_Figures):
    """Accuracy against prompts of one policy with one stop rule.

    `stop` is the rule's name: confidence, margin, questions, agrees. `area` is the mean accuracy
    over 0 to Q prompts (trapezoids), between 0 and 1.
    """

    policy: str
    stop: str
    area: Estimate
    points: list[Point]


class Fitted(_Figures):
    """A threshold fitted to a target agreement on one half of the pictures, read on the other.

    The two halves change places, and figures are of both readings together. `threshold` is None
    where a half cannot support the target; every prompt is then counted as spent.
    """

    policy: str
    stop: str
    target: float
    thresholds: list[float | None]
    agreement: Share
    prompts: Estimate
    share_of_used: Estimate


class Saving(_Figures):
    """How much of full's prompts is saved by stopping (static order, same stop) and by adapting.

    `stopping` and `adapting` are shares of full's prompts; `below_static` is adaptive's saving as a
    share of what static spends.
    """

    policy: str
    stop: str
    stopping: Estimate
    adapting: Estimate
    below_static: Estimate


class Asked(_Figures):
    """One stated confidence: what was asked for and what came out."""

    confidence: float
    reached: Share
    accuracy: Share | None


class Rejection(_Figures):
    """With half the labels withheld: how well the posterior tells their pictures from the rest.

    `auroc` is the mean over so many `splits` of the labels by lot, its interval a bootstrap over
    pictures and splits. `risk` lists (coverage, error among the answered), by falling posterior,
    with no label withheld.
    """

    splits: int
    auroc: Estimate
    risk: list[tuple[float, float]]


class Group(_Figures):
    """One group's answers under full, `confusion` with true options as rows and answers as columns.

    An answer is right where its greatest option is among those likeliest by the true class's rule.
    `constant` is the share that is right by always answering the one option that is right most
    often; an accuracy below it is worse than not looking. `asked` is the share of pictures that
    adaptive play asks the group of, and `bits` what the answer then takes off the entropy of
    belief, the mean over these pictures: negative where answers rather raise it, None where none
    is asked. `asked` · `bits` of all groups add up to what play brings a picture.
    """

    name: str
    options: list[str]
    accuracy: Share | None
    constant: float | None
    confusion: list[list[float]]
    asked: float
    bits: float | None


class Control(_Figures):
    """A null distribution of full's accuracy: its middle 95 %, and how often it reaches ours."""

    name: str
    draws: int
    null: Estimate
    observed: float
    p: float


class Disagreement(_Figures):
    """A picture that adaptive and full judge differently, one of them rightly."""

    picture: str
    truth: str
    adaptive: str
    full: str


class Summary(_Figures):
    """Everything a study found. `modes` starts with full; `default` names adaptive's default.

    Every interval takes the pictures for independent draws of the same classes: it says nothing of
    other classes, and is too narrow where pictures come in series.
    """

    schema_version: Literal[1] = 1
    twentyq: str
    command: str
    subject: Subject
    default: str
    modes: list[Mode]
    curves: list[Curve]
    fitted: list[Fitted]
    savings: list[Saving]
    asked: list[Asked]
    rejection: Rejection | None
    groups: list[Group]
    controls: list[Control]
    adaptive_loses: list[Disagreement]
    adaptive_wins: list[Disagreement]
    notes: list[str]
