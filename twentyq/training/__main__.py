"""`python -m twentyq.training`: make the builtin encoder, from the sources to its evaluation."""

import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.console import Console

from twentyq.errors import TwentyqError
from twentyq.training import steps
from twentyq.training.evaluation import RESULT
from twentyq.training.loop import Schedule
from twentyq.training.report import markdown


class Plan(StrEnum):
    """Schedules by name."""

    FULL = "full"
    SHORT = "short"
    GPU = "gpu"


SCHEDULES = {
    Plan.FULL: Schedule(steps=3400, batch=64, processes=2),
    Plan.SHORT: Schedule(steps=400, batch=64, processes=2),
    Plan.GPU: Schedule(steps=12_000, batch=256, processes=1, first_block=0),
}


def main(
    work: Annotated[
        Path, typer.Option(help="Folder for all that is made on the way (some 3 GB).")
    ] = Path("training-work"),
    schedule: Annotated[
        Plan | None,
        typer.Option(
            help="full: an hour on two CPU cores; short: some ten minutes, for the spread over "
            "seeds; gpu: all blocks, many steps. By default full, or gpu where there is one."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides all that is left to chance.")] = 0,
    device: Annotated[
        str | None, typer.Option(help="cpu or cuda; by default cuda where there is one.")
    ] = None,
    data: Annotated[
        Path, typer.Option(help="Folder with pokemon-cards, pokemon-177 and birds, for the test.")
    ] = Path("../shared/data"),
) -> None:
    """Fetch, render, embed, train, export and evaluate; what is done already is not done again."""
    console = Console(stderr=True)
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    schedule = schedule or (Plan.GPU if device == "cuda" else Plan.FULL)
    run = steps.Run(work, f"{schedule}-{seed}", replace(SCHEDULES[schedule], seed=seed), device)
    try:
        for step in (
            steps.fetch_and_render,
            steps.paint,
            steps.embed_texts,
            steps.train_towers,
            steps.write_encoder,
        ):
            console.print(step.__doc__)
            step(run)
        evaluation = steps.evaluate_encoder(run, data)
        steps.write_card(run, sorted(work.glob(f"runs/{Plan.SHORT}-*/{RESULT}")))
    except TwentyqError as fault:
        console.print(str(fault), markup=False, highlight=False)
        sys.exit(fault.exit_code)
    print(markdown([evaluation], [run.name]))
    console.print(f"The encoder is in {run.encoder}; try --encoder {run.encoder}", markup=False)


if __name__ == "__main__":
    typer.run(main)
