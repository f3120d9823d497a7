"""`twentyq study`: every mode on the same labelled pictures, and a report with honest figures."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from twentyq.cli import options
from twentyq.errors import PictureError


def study(
    context: typer.Context,
    pictures: options.LabelledPictures,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="The folder of the study: new, or to resume.")
    ] = Path("study"),
    system: options.SystemName = "animals",
    encoder: options.EncoderName = "builtin",
    policy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A policy to compare; can be repeated, and the first is the default that is told "
            "picture by picture.",
            show_default="all six",
        ),
    ] = None,
    stop: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULE",
            help="A stop rule to compare; can be repeated, the first is the default.",
            show_default="confidence:0.9, certain",
        ),
    ] = None,
    calibration: options.CalibrationFile = None,
    labels: options.LabelsFile = None,
    classes: options.ClassesFile = None,
    skip_unused: options.SkipUnused = False,
    crop: options.CropName = None,
    controls: Annotated[
        bool,
        typer.Option(help="Also measure what permuted rules, options and random words reach."),
    ] = True,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a study that was interrupted.")
    ] = False,
    device: options.Device = "auto",
    dtype: options.DType = "auto",
    revision: options.Revision = None,
    trust_remote_code: options.TrustRemoteCode = False,
    no_store: options.NoStore = False,
) -> None:
    """Compare every mode on labelled pictures, and write a report.

    The folder holds report.html, curves.svg and .png, curves.parquet, results.jsonl, summary.json,
    and what was embedded. Exit codes: 0 done, 2 usage or a bad file, 3 some pictures cannot
    be read (the report names them), 4 encoder unavailable, 5 disk or store, 130 interrupted.
    """
    from twentyq.cli.extras import require_study

    require_study()
    from twentyq.calibration import Setting, fingerprint, load_calibration
    from twentyq.cli.progress import picture_progress
    from twentyq.cli.sources import read_label_map, read_lines
    from twentyq.cli.study_table import study_table
    from twentyq.encoder import PromptStore, load_encoder
    from twentyq.engine import compile_plan, parse_policy, parse_stop
    from twentyq.study.analysis import Settings
    from twentyq.study.contents import UNREADABLE
    from twentyq.study.labelled import read_labelled
    from twentyq.study.report import REPORT
    from twentyq.study.run import Study, run_study
    from twentyq.study.ways import POLICIES, STOPS, check_written
    from twentyq.system import load_system

    # What is named twice is compared once.
    policies, stops = dict.fromkeys(policy or POLICIES), dict.fromkeys(stop or STOPS)
    settings = Settings(tuple(policies), tuple(stops), controls)
    check_written(settings.policies, settings.stops)
    loaded = load_system(system)
    plan = compile_plan(
        loaded,
        classes=None if classes is None else read_lines(classes, "classes"),
        skip_unused=skip_unused,
    )
    labelled = read_labelled(pictures, plan.labels, label_map=read_label_map(labels))
    eyes = load_encoder(encoder, device, dtype, revision, trust_remote_code)
    cut = options.chosen_crop(crop, loaded.crop)
    fitted = None
    if calibration is not None:
        # Thresholds of `agrees` hold for one policy, everything else in a file for any.
        agrees = any(parse_stop(rule).targets for rule in settings.stops)
        setting = Setting(
            encoder=eyes.identity,
            system=fingerprint(plan),
            scale="encoder",
            skip_unused=skip_unused,
            crop=cut,
            policy=parse_policy(settings.policies[0]).name if agrees else None,
            decide="score" if agrees else None,
        )
        fitted = load_calibration(calibration, plan, setting)
    subject = Study(loaded, plan, eyes, labelled, cut, fitted)
    with picture_progress() as progress:
        summary = run_study(
            subject,
            settings,
            out,
            command=_command(context),
            store=None if no_store else PromptStore(),
            resume=resume,
            progress=progress,
        )
    typer.echo(study_table(summary))
    typer.echo(f"report    {out / REPORT}")
    if any(problem.kind == UNREADABLE for problem in summary.subject.problems):
        raise typer.Exit(PictureError.exit_code)


def _command(context: typer.Context) -> str:
    """Return what makes the study from nothing: the command line, with the variables it heeds."""
    heeded = sorted(
        f"{name}={shlex.quote(os.environ[name])}"
        for parameter in context.command.params
        if isinstance(name := parameter.envvar, str)
        and (source := context.get_parameter_source(parameter.name or ""))
        and source.name == "ENVIRONMENT"
    )
    typed = [word for word in sys.argv[1:] if word != "--resume"]
    return " ".join([*heeded, shlex.join(["twentyq", *typed])])
