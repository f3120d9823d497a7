"""`twentyq calibrate`: what pictures teach about an encoder's answers, where it helps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twentyq.cli import options
from twentyq.errors import UsageError


def calibrate(
    pictures: Annotated[
        str,
        typer.Argument(
            metavar="PICTURES",
            help="With labels: a folder with a folder per class, a .csv of path and label, an .npz "
            "or .parquet of embeddings, or datasets:NAME_OR_FOLDER[:SPLIT]. Without: a file, "
            "folder or glob.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Write the calibration here.")] = Path(
        "calibration.json"
    ),
    force: options.Force = False,
    labelled: Annotated[
        bool, typer.Option("--labelled/--unlabelled", help="Whether the labels are known.")
    ] = True,
    parts: Annotated[
        str | None,
        typer.Option(
            metavar="PART,PART,...",
            help="Parts to try: bias, noise and agrees; with labels also temperature, weights, "
            "confusion, lda and probability.",
            show_default="all",
        ),
    ] = None,
    shots: Annotated[
        int | None,
        typer.Option(
            min=2,
            help="Learn from so many labelled pictures of each class; the rest check it, and "
            "serve agrees.",
            show_default="all",
        ),
    ] = None,
    policy: Annotated[
        str,
        typer.Option(
            envvar="TWENTYQ_POLICY", metavar="NAME", help="The policy that agrees will stop."
        ),
    ] = "gain",
    system: options.SystemName = "animals",
    encoder: options.EncoderName = "builtin",
    scale: options.ScaleName = options.Scale.encoder,
    labels: options.LabelsFile = None,
    classes: options.ClassesFile = None,
    skip_unused: options.SkipUnused = False,
    crop: options.CropName = None,
    output: Annotated[
        options.TableFormat, typer.Option("--format", help="How to print what each part brought.")
    ] = options.TableFormat.table,
    device: options.Device = "auto",
    dtype: options.DType = "auto",
    revision: options.Revision = None,
    trust_remote_code: options.TrustRemoteCode = False,
    no_store: options.NoStore = False,
) -> None:
    """Calibrate on pictures, and say what each part brings on pictures that it did not see.

    Parts that do not help there are left out, and where none helps nothing is written. Exit codes:
    0 done, 2 usage, a bad file or nothing that helps, 3 no picture can be read, 4 encoder
    unavailable, 5 disk or store, 130 interrupted.
    """
    from twentyq.cli.extras import require_study

    require_study()
    from twentyq.calibration import Setting, dump_calibration, fingerprint
    from twentyq.cli.calibration_table import CalibrationTable
    from twentyq.cli.progress import picture_progress
    from twentyq.cli.sources import find_pictures, read_label_map, read_lines
    from twentyq.cli.telling import tell, tell_problems
    from twentyq.cli.writing import require_new, write_file
    from twentyq.encoder import PromptStore, load_encoder
    from twentyq.engine import compile_plan, parse_policy
    from twentyq.study.fitting.calibrate import (
        Labelled,
        calibrate_labelled,
        calibrate_unlabelled,
    )
    from twentyq.study.fitting.parts import parse_parts
    from twentyq.study.fitting.pool import observe_unlabelled
    from twentyq.study.labelled import read_labelled
    from twentyq.study.similarities import observe_once
    from twentyq.system import load_system

    _refuse_contradictions(labelled, shots, labels)
    require_new(out, "--out", force=force)
    wanted = parse_parts(parts, labelled=labelled)
    played = parse_policy(policy)
    loaded = load_system(system)
    only = None if classes is None else read_lines(classes, "classes")
    plan = compile_plan(loaded, classes=only, skip_unused=skip_unused)
    cut = options.chosen_crop(crop, loaded.crop)
    label_map = read_label_map(labels)
    with_labels = read_labelled(pictures, plan.labels, label_map=label_map) if labelled else None
    paths = [] if labelled else find_pictures([pictures])
    eyes = load_encoder(encoder, device, dtype, revision, trust_remote_code)
    factor = options.chosen_scale(scale, eyes.scale)
    store = None if no_store else PromptStore()
    with picture_progress() as progress:
        if with_labels is None:
            cosines, problems = observe_unlabelled(
                paths, plan, eyes, crop=cut, store=store, progress=progress
            )
        else:
            seen = observe_once(
                with_labels, loaded, plan, eyes, crop=cut, store=store, progress=progress
            )
            problems = seen.problems
    tell_problems(problems)
    if with_labels is None:
        made = calibrate_unlabelled(plan, factor, cosines, wanted, played)
    else:
        known = Labelled(seen.groups, seen.truth, seen.vectors.double())
        made = calibrate_labelled(plan, factor, known, wanted, played, shots)
    table = CalibrationTable(made, plan)
    typer.echo(table.json() if output is options.TableFormat.json else table.text())
    for note in made.notes:
        tell(note)
    if not made.parts:
        raise UsageError(
            "no part of a calibration helps, and nothing is written",
            where=pictures,
            got=", ".join(wanted),
            mend="play without a calibration, or give more pictures",
        )
    setting = Setting(
        encoder=eyes.identity,
        system=fingerprint(plan),
        scale=scale.value,
        skip_unused=skip_unused,
        crop=cut,
        policy=played.name,
        decide="score",
    )
    text = dump_calibration(
        made.calibration, plan, setting, system_name=loaded.name, encoder_name=eyes.name
    )
    write_file(out, text, force=force)
    tell(f"{out} holds {', '.join(made.parts)}")


def _refuse_contradictions(labelled: bool, shots: int | None, labels: Path | None) -> None:
    for option, value in (("--shots", shots), ("--labels", labels)):
        if value is not None and not labelled:
            raise UsageError(
                "this speaks of labels, and the pictures have none",
                where=option,
                got=f"{value} with --unlabelled",
                mend=f"leave {option} or --unlabelled out",
            )
