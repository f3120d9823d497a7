"""`twentyq system check`: what an author of a system should know before anyone plays it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from twentyq.cli import options

if TYPE_CHECKING:
    from twentyq.review import Review


def check(
    system: options.SystemArgument,
    encoder: options.EncoderName = "builtin",
    no_encoder: Annotated[
        bool, typer.Option("--no-encoder", help="Look at the rules only, not at the prompts.")
    ] = False,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Exit with 2 for an error that the file does not accept."),
    ] = False,
    output: options.TableFormatName = options.TableFormat.table,
    device: options.Device = "auto",
    dtype: options.DType = "auto",
    revision: options.Revision = None,
    trust_remote_code: options.TrustRemoteCode = False,
    no_store: options.NoStore = False,
) -> None:
    """Say what is wrong with a system, worst first, what its groups can tell, and the bounds.

    Exit codes: 0 done, 2 usage, a bad file or, with --strict, an error, 4 encoder unavailable, 5
    disk or store.
    """
    from twentyq.cli.console import open_console
    from twentyq.cli.review_table import print_review
    from twentyq.cli.telling import tell
    from twentyq.encoder import PromptStore, load_encoder
    from twentyq.review import review_system
    from twentyq.system import load_system

    loaded = load_system(system)
    eyes = None
    if not no_encoder:
        eyes = load_encoder(encoder, device, dtype, revision, trust_remote_code)
    review = review_system(loaded, eyes, None if no_store else PromptStore())
    if output is options.TableFormat.json:
        typer.echo(json.dumps(_document(review), ensure_ascii=False, allow_nan=False, indent=2))
    else:
        print_review(open_console(), review)
    if strict and review.errors:
        n_errors = len(review.errors)
        said = "an error" if n_errors == 1 else f"{n_errors} errors"
        tell(f"{said} that the file does not accept")
        raise typer.Exit(2)


def _document(review: Review) -> dict[str, object]:
    return {
        "system": review.system.name,
        "encoder": review.encoder,
        "findings": [asdict(finding) for finding in review.findings],
        "groups": [
            {**asdict(group), "bits_per_prompt": group.bits_per_prompt} for group in review.groups
        ],
        "bounds": asdict(review.bounds),
    }
