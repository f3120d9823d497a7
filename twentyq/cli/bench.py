"""`twentyq bench`: what the engine costs on this machine, as ratios measured in one run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from twentyq.cli import options
from twentyq.cli.telling import tell
from twentyq.errors import UsageError


def bench(
    pictures: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PICTURES]...",
            help="Files, folders or globs; without any, pictures are drawn.",
            show_default=False,
        ),
    ] = None,
    system: options.SystemName = "animals",
    encoder: options.EncoderName = "builtin",
    batch_size: Annotated[
        int, typer.Option(min=1, help="Pictures that go through the encoder together.")
    ] = 64,
    rounds: Annotated[
        int, typer.Option(min=1, help="How often each case is timed, in turn with the others.")
    ] = 5,
    quick: Annotated[
        bool, typer.Option("--quick", help="Small systems and two rounds, to see that it runs.")
    ] = False,
    scaling: Annotated[
        bool,
        typer.Option(
            "--scaling",
            help="Also what a question costs up to 10,000 classes and prompts; takes 2 GB.",
        ),
    ] = False,
    start: Annotated[
        bool,
        typer.Option("--start", help="Also how long a start takes, beside that of a bare script."),
    ] = False,
    half: Annotated[
        bool,
        typer.Option(
            "--half",
            help="Also how often full's label in bfloat16 and float16 is that of float32.",
        ),
    ] = False,
    output: options.TableFormatName = options.TableFormat.table,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the figures here too, as JSON.")
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE.svg", help="Draw the figures of --scaling, as SVG or PNG."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace --out and --plot where they exist.")
    ] = False,
    device: options.Device = "auto",
    dtype: options.DType = "auto",
    revision: options.Revision = None,
    trust_remote_code: options.TrustRemoteCode = False,
) -> None:
    """Measure ratios on this machine, each from cases that are timed in turn in one run.

    The encoder alone, full and adaptive play, the engine alone, plain Python and numpy,
    transformers' pipeline, and the machine's matrix product; on a GPU also the copy to it. Exit
    codes: 0 done, 2 usage, 3 a picture cannot be read, 4 encoder unavailable, 5 disk or store.
    """
    _refuse_contradictions(scaling, plot, out, force)
    if half and encoder.startswith("python:"):
        raise UsageError(
            "the encoder's factory chooses its number type, so that there is nothing to compare",
            where="--half",
            got=f"--encoder {encoder}",
            mend="leave --half out, or name an encoder that takes --dtype",
        )
    from twentyq.bench import Wanted, measure
    from twentyq.cli.bench_table import print_report
    from twentyq.cli.console import open_console
    from twentyq.cli.sources import find_pictures
    from twentyq.cli.writing import write_file
    from twentyq.encoder import Encoder, load_encoder
    from twentyq.system import load_system

    def load(number_type: str) -> Encoder:
        return load_encoder(encoder, device, number_type, revision, trust_remote_code, batch_size)

    wanted = Wanted(
        system=load_system(system),
        system_name=system,
        pictures=tuple(find_pictures(pictures)) if pictures else (),
        encoder=load(dtype),
        batch_size=batch_size,
        rounds=2 if quick else rounds,
        quick=quick,
        scaling=scaling,
        start=start,
        load=load if half else None,
    )
    report = measure(wanted, lambda what: tell(f"measuring {what}"))
    text = json.dumps(report.document(), ensure_ascii=False, allow_nan=False, indent=2)
    if out is not None:
        write_file(out, text + "\n", force=force)
    if plot is not None:
        from twentyq.bench.scaling_plot import draw_scaling

        drawn = draw_scaling(report.scaling, plot.suffix.removeprefix("."))
        write_file(plot, drawn, force=force, where=f"--plot {plot}")
    if output is options.TableFormat.json:
        typer.echo(text)
    else:
        print_report(open_console(), report)


def _refuse_contradictions(scaling: bool, plot: Path | None, out: Path | None, force: bool) -> None:
    """Refuse at once what would be refused after minutes of work."""
    from twentyq.cli.writing import require_new

    if plot is not None:
        from twentyq.cli.extras import require_draw

        if not scaling:
            raise UsageError(
                "there is nothing to draw without the figures of --scaling",
                where=f"--plot {plot}",
                mend="give --scaling too",
            )
        if plot.suffix not in (".svg", ".png"):
            raise UsageError(
                "no such kind of picture",
                where=f"--plot {plot}",
                got=plot.suffix or "no ending",
                allowed=".svg, .png",
            )
        require_draw("matplotlib")
    for option, path in (("--out", out), ("--plot", plot)):
        if path is not None:
            require_new(path, option, force=force)
