"""`twentyq run`: many pictures to Parquet parts, resumable whenever it was interrupted."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twentyq.cli import options
from twentyq.cli.backends import Backend, ClusterOptions
from twentyq.cli.options import Mode, Trace
from twentyq.cli.telling import tell
from twentyq.errors import PictureError, UsageError

if TYPE_CHECKING:
    from twentyq.classifier import Classifier

PICTURES_IN_BATCH = 64
VECTORS_IN_BATCH = 1024
PICTURES_IN_SHARD = 4096
MOST_WORKERS = 8


def run(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A folder of pictures or of .tar archives, a .csv with the column path, a .tar "
            "archive, or a .npy or .parquet file of embeddings.",
        ),
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="The folder of the run: new, or to resume.")
    ],
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a run that was interrupted.")
    ] = False,
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="i/n",
            help="Only every nth shard, from the ith on: n processes with 0/n to n-1/n share a "
            "run, in any order and at the same time.",
        ),
    ] = None,
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
    top: options.Top = 5,
    crop: options.CropName = None,
    trace: Annotated[
        Trace, typer.Option(help="How much of the game goes into the results.")
    ] = Trace.none,
    shard_size: Annotated[
        int,
        typer.Option(
            min=1,
            help="Pictures in a shard, which is written, or after a kill redone, as a whole; a "
            ".parquet of embeddings is cut by its row groups.",
        ),
    ] = PICTURES_IN_SHARD,
    batch_size: Annotated[
        int | None,
        typer.Option(
            min=1,
            envvar="TWENTYQ_BATCH_SIZE",
            help="Pictures embedded, and played for, together.",
            show_default=f"{PICTURES_IN_BATCH}; {VECTORS_IN_BATCH} embeddings",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Processes that decode pictures; 0 decodes in between.",
            show_default=f"0; with a GPU one for each core but one, at most {MOST_WORKERS}",
        ),
    ] = None,
    backend: Annotated[
        Backend,
        typer.Option(help="Who embeds and plays: this process, or actors on a Ray cluster."),
    ] = Backend.local,
    address: Annotated[
        str | None,
        typer.Option(
            help="The Ray cluster, such as auto or HOST:6379; without, one starts on this machine.",
        ),
    ] = None,
    actors: Annotated[
        int | None,
        typer.Option(min=1, help="Encoder actors on the cluster.", show_default="as many as fit"),
    ] = None,
    actor_cpus: Annotated[
        float | None,
        typer.Option(min=0.01, help="Cores for each encoder actor.", show_default="1"),
    ] = None,
    actor_gpus: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            help="GPUs for each encoder actor; with 0.25 four share one.",
            show_default="0",
        ),
    ] = None,
    output: Annotated[
        options.TableFormat, typer.Option("--format", help="How to print the figures.")
    ] = options.TableFormat.table,
    device: options.Device = "auto",
    dtype: options.DType = "auto",
    revision: options.Revision = None,
    trust_remote_code: options.TrustRemoteCode = False,
    no_store: options.NoStore = False,
) -> None:
    """Classify any number of pictures into a folder of Parquet parts.

    A run that was killed goes on with --resume, and ends with the bytes of an unbroken one. Exit
    codes: 0 done, 2 usage or a bad file, 3 some pictures failed (DIR/failures has them), 4 encoder
    unavailable, 5 disk or store, 130 interrupted.
    """
    from twentyq.cli.extras import require_cluster, require_run

    require_run()
    cluster = ClusterOptions(address, actors, actor_cpus, actor_gpus)
    on_cluster = backend is Backend.ray
    if on_cluster:
        require_cluster()
        there, dtype = cluster.placement(device, dtype)
        if address is not None:
            from twentyq.batch.cluster import require_answer

            require_answer(address)
    else:
        cluster.refuse_locally()
    from twentyq.batch.beginning import open_run, require_ours
    from twentyq.batch.local import run_here
    from twentyq.batch.opening import open_source
    from twentyq.batch.prompts import RunPrompts
    from twentyq.batch.run_folder import PROMPTS
    from twentyq.batch.settings import Settings
    from twentyq.batch.shards import Stride, parse_stride
    from twentyq.batch.vectors import VectorSource
    from twentyq.classifier import SYSTEMS_OWN
    from twentyq.cli.progress import ShardCount, picture_progress
    from twentyq.cli.run_report import RunReport
    from twentyq.cli.sources import read_lines
    from twentyq.encoder import PromptStore, load_encoder
    from twentyq.engine import parse_policy, parse_stop
    from twentyq.system import load_system

    # What can be refused at once is refused before an encoder is loaded.
    stride = Stride() if shard is None else parse_stride(shard)
    if policy is not None:
        parse_policy(policy)
    if stop is not None:
        parse_stop(stop)
    # Processes that share a run cannot know which of them begins it.
    join = resume or shard is not None
    require_ours(out, join=join)
    given = open_source(source)
    embedded = isinstance(given, VectorSource)
    if embedded and crop is not None:
        raise UsageError(
            "embeddings cannot be cut any more",
            where="--crop",
            got=f"{crop.value} with {source}",
            mend="leave --crop out",
        )
    settings = Settings(
        system=load_system(system),
        mode=mode.value,
        policy=policy,
        stop=stop,
        decide=decide,
        budget=budget,
        scale=scale.value,
        classes=None if classes is None else tuple(read_lines(classes, "classes")),
        skip_unused=skip_unused,
        reject=reject,
        crop=options.chosen_crop(crop, SYSTEMS_OWN),
        calibration=calibration,
        top=top,
        trace=trace.value,
        batch_size=batch_size or (VECTORS_IN_BATCH if embedded else PICTURES_IN_BATCH),
        shard_size=shard_size,
        device=there if on_cluster else None,
    )
    load = partial(
        load_encoder,
        encoder,
        dtype=dtype,
        revision=revision,
        trust_remote_code=trust_remote_code,
        batch_size=settings.batch_size,
    )
    classifier = settings.classifier(load(device=device), RunPrompts(out / PROMPTS))
    for notice in classifier.notices():
        tell(notice)
    store = None if no_store else PromptStore()
    with picture_progress() as progress:
        folder = open_run(
            out,
            given,
            settings,
            classifier,
            store=store,
            join=join,
            tell=lambda listed: progress(listed, None),
        )
    mine = stride.numbers(folder.shards)
    missing = [number for number in mine if not folder.has(number)]
    with picture_progress() as progress:
        count = ShardCount(folder.shards, mine, missing, progress)
        if on_cluster:
            from twentyq.batch.cluster import Actors, run_on_cluster

            run_on_cluster(
                classifier,
                given,
                folder,
                missing,
                settings=settings,
                load=partial(load, device=there),
                actors=Actors(actor_cpus or 1, actor_gpus or 0, actors),
                workers=workers,
                address=address,
                tell=count.add,
            )
        else:
            many = _workers(classifier) if workers is None else workers
            run_here(classifier, given, folder, missing, workers=many, tell=count.add)
    report = RunReport.of(folder, mine, classifier)
    if output is options.TableFormat.json:
        typer.echo(report.json())
    else:
        report.print_table()
    if report.summary.failed:
        raise typer.Exit(PictureError.exit_code)


def _workers(classifier: Classifier) -> int:
    """Return how many processes decode by default; where the CPU embeds, no core is to spare."""
    if classifier.encoder.device.type == "cpu":
        return 0
    return min(MOST_WORKERS, (os.cpu_count() or 1) - 1)
