"""`twentyq study`: every mode on the same labelled pictures, and a report with honest figures."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from twentyq.cli import options
from twentyq.cli.options import chosen_crop
from twentyq.errors import PictureError

REPORT = "report.html"
UNREADABLE = "unreadable"


def study(
    pictures: Annotated[
        str,
        typer.Argument(
            metavar="PICTURES",
            help="A folder with a folder per class, a .csv of path and label, an .npz or .parquet "
            "of embeddings, or datasets:NAME_OR_FOLDER[:SPLIT].",
        ),
    ],
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
    calibration: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", envvar="TWENTYQ_CALIBRATION", help="What twentyq calibrate wrote."
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="CSV with the columns folder and label."),
    ] = None,
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
    from twentyq.cli.progress import embedding_progress
    from twentyq.cli.sources import read_label_map, read_lines
    from twentyq.cli.study_table import study_table
    from twentyq.encoder import PromptStore, load_encoder
    from twentyq.engine import compile_plan
    from twentyq.study.analysis import Settings
    from twentyq.study.labelled import read_labelled
    from twentyq.study.run import Study, run_study
    from twentyq.study.ways import POLICIES, STOPS, check_ways
    from twentyq.system import load_system

    settings = Settings(tuple(policy or POLICIES), tuple(stop or STOPS), controls)
    check_ways(settings.policies, settings.stops)
    loaded = load_system(system)
    plan = compile_plan(
        loaded,
        classes=None if classes is None else read_lines(classes, "classes"),
        skip_unused=skip_unused,
    )
    labelled = read_labelled(
        pictures, plan.labels, label_map=read_label_map(labels) if labels else {}
    )
    eyes = load_encoder(encoder, device, dtype, revision, trust_remote_code)
    cut = chosen_crop(crop, loaded.crop)
    fitted = None
    if calibration is not None:
        setting = Setting(
            encoder=eyes.identity,
            system=fingerprint(plan),
            scale="encoder",
            skip_unused=skip_unused,
            crop=cut,
            policy=settings.policies[0],
            decide="score",
        )
        fitted = load_calibration(calibration, plan, setting)
    subject = Study(loaded, plan, eyes, labelled, cut, fitted)
    command = shlex.join(["twentyq", *sys.argv[1:]])
    with embedding_progress() as progress:
        summary = run_study(
            subject,
            settings,
            out,
            command=command,
            store=None if no_store else PromptStore(),
            resume=resume,
            progress=progress,
        )
    typer.echo(study_table(summary))
    typer.echo(f"report    {out / REPORT}")
    if any(problem.kind == UNREADABLE for problem in summary.subject.problems):
        raise typer.Exit(PictureError.exit_code)
