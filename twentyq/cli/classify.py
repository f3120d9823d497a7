"""`twentyq classify`: pictures in, labels out, with the story of how on request."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from twentyq.cli import options
from twentyq.cli.options import Mode, Trace
from twentyq.errors import PictureError, UsageError

RANKED_IN_JSON = 5


class Format(StrEnum):
    """How results are printed."""

    table = "table"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"


class Truth(StrEnum):
    """Where the true labels come from."""

    folder = "folder"


def classify(
    pictures: Annotated[
        list[str],
        typer.Argument(
            metavar="PICTURE...", help="Files, folders, globs, or - for paths on standard input."
        ),
    ],
    mode: options.ModeName = Mode.adaptive,
    system: options.SystemName = "animals",
    encoder: options.EncoderName = "builtin",
    policy: options.PolicyName = None,
    stop: options.StopText = None,
    budget: options.Budget = None,
    decide: options.DecideName = None,
    calibration: options.CalibrationFile = None,
    scale: options.ScaleName = options.Scale.encoder,
    classes: options.ClassesFile = None,
    skip_unused: options.SkipUnused = False,
    reject: options.Reject = None,
    top: options.Top = 1,
    crop: options.CropName = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Tell what was asked of each picture, and why.")
    ] = False,
    trace: Annotated[
        Trace | None,
        typer.Option(help="How much of the game goes into json and jsonl.", show_default="brief"),
    ] = None,
    truth: Annotated[
        Truth | None,
        typer.Option(help="folder: a picture's folder names its true label; prints accuracy."),
    ] = None,
    labels: options.LabelsFile = None,
    agreement: Annotated[
        bool, typer.Option("--agreement", help="Also play full, and count equal labels.")
    ] = False,
    sort_into: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Copy each picture to DIR/label/.")
    ] = None,
    output: Annotated[
        Format, typer.Option("--format", envvar="TWENTYQ_FORMAT", help="How to print results.")
    ] = Format.table,
    device: options.Device = "auto",
    dtype: options.DType = "auto",
    revision: options.Revision = None,
    trust_remote_code: options.TrustRemoteCode = False,
    batch_size: Annotated[
        int, typer.Option(min=1, envvar="TWENTYQ_BATCH_SIZE", help="Pictures embedded together.")
    ] = 64,
    no_store: options.NoStore = False,
) -> None:
    """Classify pictures, one or a million.

    Exit codes: 0 done, 1 our fault, 2 usage or a bad file, 3 some pictures failed, 4 encoder
    unavailable, 5 disk or store, 130 interrupted.
    """
    from twentyq.classifier import SYSTEMS_OWN, Classifier
    from twentyq.cli.classifying import classify_all
    from twentyq.cli.report import open_report
    from twentyq.cli.sources import find_pictures, read_label_map, read_lines, read_truths
    from twentyq.cli.telling import tell
    from twentyq.encoder import PromptStore, load_encoder
    from twentyq.engine import parse_policy, parse_stop
    from twentyq.system import load_system

    _refuse_contradictions(mode, output, explain, trace, truth, labels, agreement)
    # What can be refused at once is refused before an encoder is loaded.
    if policy is not None:
        parse_policy(policy)
    if stop is not None:
        parse_stop(stop)
    loaded = load_system(system)
    only = None if classes is None else read_lines(classes, "classes")
    paths = find_pictures(pictures)
    truths: list[str] | None = None
    if truth is not None:
        known = map(loaded.label_of, loaded.classes)
        truths = read_truths(paths, known, read_label_map(labels))

    eyes = load_encoder(encoder, device, dtype, revision, trust_remote_code, batch_size)
    shared: dict[str, Any] = {
        "scale": scale.value,
        "classes": only,
        "skip_unused": skip_unused,
        "calibration": calibration,
        "crop": options.chosen_crop(crop, SYSTEMS_OWN),
        "store": None if no_store else PromptStore(),
        "batch_size": batch_size,
    }
    in_json = output in (Format.json, Format.jsonl)
    traced = trace or (Trace.brief if explain or in_json else Trace.none)
    classifier = Classifier(
        loaded,
        eyes,
        mode=mode.value,
        policy=policy,
        stop=stop,
        decide=decide,
        budget=budget,
        reject=reject,
        ranking=max(top, RANKED_IN_JSON),
        trace=traced.value,
        **shared,
    )
    reference = Classifier(loaded, eyes, mode="full", ranking=1, **shared) if agreement else None
    for notice in classifier.notices():
        tell(notice)
    report = open_report(output.value, classifier, top, explain)
    failed = classify_all(classifier, reference, paths, truths, report, sort_into)
    if failed:
        raise typer.Exit(PictureError.exit_code)


def _refuse_contradictions(
    mode: Mode,
    output: Format,
    explain: bool,
    trace: Trace | None,
    truth: Truth | None,
    labels: Path | None,
    agreement: bool,
) -> None:
    rules = (
        (
            explain and output is not Format.table,
            "--explain is told in words",
            "--explain",
            f"--format {output.value}",
            "use --format table, or read the trace in json",
        ),
        (
            trace is not None and output not in (Format.json, Format.jsonl),
            "only json and jsonl hold a trace",
            "--trace",
            f"--format {output.value}",
            "use --format json, or --explain",
        ),
        (
            labels is not None and truth is None,
            "--labels maps folders for --truth",
            "--labels",
            "no --truth",
            "add --truth folder",
        ),
        (
            agreement and mode is Mode.full,
            "full always agrees with itself",
            "--agreement",
            "--mode full",
            "leave --agreement out",
        ),
    )
    for broken, what, where, got, mend in rules:
        if broken:
            raise UsageError(what, where=where, got=got, mend=mend)
