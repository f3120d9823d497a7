"""The command line: one file per command, and nothing heavy imported before a command runs."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from twentyq import __version__
from twentyq.cli import bench, build, calibrate, classify, refine, run, study, system, system_check
from twentyq.cli.guard import guarded
from twentyq.errors import StoreError

app = typer.Typer(
    name="twentyq",
    help="Classify pictures by twenty questions to a frozen image-text encoder.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("classify")(classify.classify)
app.command("run")(run.run)
app.command("study")(study.study)
app.command("calibrate")(calibrate.calibrate)
app.command("build")(build.build)
app.command("refine")(refine.refine)
app.command("bench")(bench.bench)
system.app.command("check")(system_check.check)
app.add_typer(system.app, name="system")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"twentyq {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version and leave."
        ),
    ] = False,
) -> None:
    """Take the options that stand before a command."""


def main() -> None:
    """Run the command line."""
    # A path need not be valid Unicode: its odd bytes are kept, and printed as escapes.
    for stream, errors in (
        (sys.stdin, "surrogateescape"),
        (sys.stdout, "backslashreplace"),
        (sys.stderr, "backslashreplace"),
    ):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors=errors)
    with guarded():
        if sys.stdout is None:
            raise StoreError("standard output is closed", mend="send it to a file or to /dev/null")
        app()
