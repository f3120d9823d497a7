"""`python -m twentyq.training`: make the builtin encoder, from the sources to its evaluation."""

import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.console import Console

from twentyq.errors import TwentyqError, UsageError, shown, suggestion
from twentyq.training import steps
from twentyq.training.evaluation import RESULT
from twentyq.training.loop import HISTORY, Schedule
from twentyq.training.report import markdown


class Plan(StrEnum):
    """Schedules by name."""

    FULL = "full"
    SHORT = "short"
    GPU = "gpu"


SCHEDULES = {
    Plan.FULL: Schedule(steps=3400, batch=64, processes=2),
    Plan.SHORT: Schedule(steps=200, batch=64, processes=2),
    Plan.GPU: Schedule(steps=12_000, batch=256, processes=1, first_block=0),
}


def main(
    work: Annotated[
        Path, typer.Option(help="Folder for all that is made on the way (some 3 GB).")
    ] = Path("training-work"),
    schedule: Annotated[
        Plan | None,
        typer.Option(
            help="full: an hour on two CPU cores; short: a few minutes, for the spread over "
            "seeds; gpu: all blocks, many steps. By default full, or gpu where there is one."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides all that is left to chance.")] = 0,
    change: Annotated[
        list[str] | None,
        typer.Option(
            help="Another value in the schedule, such as first_block=9; can be repeated. To choose "
            "by the validation: such a run ends before the test."
        ),
    ] = None,
    device: Annotated[
        str | None, typer.Option(help="cpu or cuda; by default cuda where there is one.")
    ] = None,
    data: Annotated[
        Path, typer.Option(help="Folder with pokemon-cards, pokemon-177 and birds, for the test.")
    ] = Path("../shared/data"),
) -> None:
    """Fetch, render, embed, train, export and evaluate; what is trained stays as it is."""
    console = Console(stderr=True)
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    schedule = schedule or (Plan.GPU if device == "cuda" else Plan.FULL)
    changes = change or []
    try:
        planned = changed(replace(SCHEDULES[schedule], seed=seed), changes)
        name = "-".join([*(["changed"] if changes else []), schedule, str(seed), *changes])
        run = steps.Run(work, name, planned, device)
        for step in (
            steps.fetch_and_render,
            steps.paint,
            steps.embed_texts,
            steps.train_towers,
        ):
            console.print(step.__doc__)
            step(run)
        if changes:
            print((run.folder / HISTORY).read_text("utf-8"), end="")
            return
        console.print(steps.write_encoder.__doc__)
        steps.write_encoder(run)
        evaluation = steps.evaluate_encoder(run, data)
        steps.write_card(run, sorted(work.glob(f"runs/{Plan.SHORT}-*/{RESULT}")))
    except TwentyqError as fault:
        console.print(str(fault), markup=False, highlight=False)
        sys.exit(fault.exit_code)
    print(markdown([evaluation], [run.name]))
    console.print(f"The encoder is in {run.encoder}; try --encoder {run.encoder}", markup=False)


def changed(schedule: Schedule, changes: Sequence[str]) -> Schedule:
    """Give the schedule with other values, each as ``name=value``; raise ``UsageError`` for others.

    A value is read as the kind of number that it replaces.
    """
    known = asdict(schedule)
    for change in changes:
        name, _, value = change.partition("=")
        try:
            schedule = replace(schedule, **{name: type(known[name])(value)})
        except (KeyError, ValueError):
            raise UsageError(
                "the schedule cannot be changed like that",
                where="--change",
                got=shown(change),
                allowed=f"NAME=NUMBER with one of {', '.join(known)}",
                mend=None if name in known else suggestion(name, list(known)),
            ) from None
    return schedule


if __name__ == "__main__":
    typer.run(main)
