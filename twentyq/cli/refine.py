"""`twentyq refine`: a system changed a little at a time, and what labelled pictures accept kept."""

from __future__ import annotations

from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from twentyq.cli import options
from twentyq.errors import UsageError


class Split(StrEnum):
    """What is dealt to train, validation and test."""

    picture = "picture"
    by_class = "class"


def refine(
    pictures: options.LabelledPictures,
    system: options.SystemName = "animals",
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="Write the refined system here.")
    ] = Path("refined.yaml"),
    force: options.Force = False,
    split: Annotated[
        Split,
        typer.Option(
            help="What is dealt to train, validation and test: the pictures of each label, or "
            "whole labels with their pictures.",
        ),
    ] = Split.picture,
    moves: Annotated[
        str | None,
        typer.Option(
            metavar="MOVE,MOVE,...",
            help="What to try, in this order: wordings, rules, groups.",
            show_default="all; with --split class all but rules",
        ),
    ] = None,
    wordings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="More wordings to try: {group: {prompts: [...], options: {option: [...]}}}.",
        ),
    ] = None,
    refit: Annotated[
        bool,
        typer.Option(
            "--refit",
            help="Learn rules that were kept once more, from train and validation together; only "
            "test judges these.",
        ),
    ] = False,
    llm: Annotated[
        str | None,
        typer.Option(
            metavar="PROVIDER/MODEL",
            help="Have wordings written by this language model, named as in twentyq build, rather "
            "than taken from the list.",
        ),
    ] = None,
    llm_base: options.LanguageModelBase = None,
    max_calls: options.MaxCalls = 100,
    timeout: options.ReplyTimeout = 120.0,
    cache: options.ReplyCache = None,
    no_cache: options.NoReplyCache = False,
    rounds: Annotated[int, typer.Option(min=1, help="End after so many rounds.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="Of the split.")] = 0,
    encoder: options.EncoderName = "builtin",
    scale: options.ScaleName = options.Scale.encoder,
    labels: options.LabelsFile = None,
    crop: options.CropName = None,
    output: Annotated[
        options.TableFormat,
        typer.Option("--format", help="How to print what was kept and brought."),
    ] = options.TableFormat.table,
    device: options.Device = "auto",
    dtype: options.DType = "auto",
    revision: options.Revision = None,
    trust_remote_code: options.TrustRemoteCode = False,
    no_store: options.NoStore = False,
) -> None:
    """Refine a system on labelled pictures, and say what it brings on pictures that had no part.

    A third of the pictures proposes changes, a third accepts them, and the last third is looked at
    once, at the end. Where nothing is accepted nothing is written. With --llm, a language model is
    told what went wrong with which pictures to propose from, and words groups anew. Exit codes: 0
    done, 2 usage, a bad file or nothing that helps, 3 no picture can be read, 4 encoder or language
    model unavailable, 5 disk or store, 130 interrupted.
    """
    from twentyq.cli.extras import require_study

    require_study()
    import twentyq
    from twentyq.authoring.refining.history import told, with_history
    from twentyq.authoring.refining.loop import refine as run
    from twentyq.authoring.refining.moves import parse_moves, proposers
    from twentyq.authoring.refining.outcome import Step
    from twentyq.authoring.refining.pool import Pool
    from twentyq.authoring.refining.rules import NAME as RULES
    from twentyq.authoring.refining.rules import RuleProposer
    from twentyq.authoring.refining.splitting import SplitBy, split_pictures
    from twentyq.authoring.refining.wordings import general_wordings, read_wordings
    from twentyq.cli.console import open_console
    from twentyq.cli.progress import picture_progress
    from twentyq.cli.refine_table import RefineTable
    from twentyq.cli.reflecting import (
        in_place_of_list,
        open_reflecting,
        refuse_contradictions,
        telling,
    )
    from twentyq.cli.sources import read_label_map
    from twentyq.cli.telling import tell, tell_problems
    from twentyq.cli.writing import require_new, write_file
    from twentyq.encoder import PromptStore, load_encoder
    from twentyq.engine import compile_plan
    from twentyq.study.labelled import read_labelled
    from twentyq.study.similarities import observe_once
    from twentyq.system import dump_system, load_system
    from twentyq.system.files import check_size

    require_new(out, "--out", force=force)
    by = SplitBy(split.value)
    wanted = parse_moves(moves, by)
    reflecting = None
    if llm is not None:
        refuse_contradictions(wanted, wordings)
        reflecting = open_reflecting(
            llm,
            llm_base,
            max_calls=max_calls,
            timeout=timeout,
            cache=cache,
            no_cache=no_cache,
            seed=seed,
        )
    loaded = load_system(system)
    if refit and RULES not in wanted:
        raise UsageError(
            "there are no rules to learn once more",
            where="--refit",
            got=f"moves {', '.join(wanted)}",
            mend="leave --refit out, or let rules be learned",
        )
    words = general_wordings() if wordings is None else read_wordings(wordings, loaded)
    plan = compile_plan(loaded)
    cut = options.chosen_crop(crop, loaded.crop)
    labelled = read_labelled(pictures, plan.labels, label_map=read_label_map(labels))
    eyes = load_encoder(encoder, device, dtype, revision, trust_remote_code)
    store = None if no_store else PromptStore()
    with picture_progress() as progress:
        seen = observe_once(labelled, loaded, plan, eyes, crop=cut, store=store, progress=progress)
    tell_problems(seen.problems)
    pool = Pool(
        plan=plan,
        truth=seen.truth,
        vectors=seen.vectors.double(),
        parts=split_pictures(seen.truth, by, seed),
        scale=options.chosen_scale(scale, eyes.scale),
        encoder=eyes,
        store=store,
        by=by,
    )

    def tell_step(step: Step) -> None:
        tell(f"round {step.round}, {told(step.change)}")

    who = proposers(wanted, loaded, words)
    with ExitStack() as asking:
        if reflecting is not None:
            who = in_place_of_list(who, reflecting)
            asking.enter_context(telling(reflecting, pool, loaded, max_calls))
        again = RuleProposer(loaded) if refit else None
        made = run(pool, loaded, who, rounds=rounds, refit=again, watch=tell_step)
    table = RefineTable(made)
    if output is options.TableFormat.json:
        typer.echo(table.json())
    else:
        open_console().print(table.tables())
    if not made.steps:
        if reflecting is not None and reflecting.ended is not None:
            raise reflecting.ended
        raise UsageError(
            "no change helps, and nothing is written",
            where=pictures,
            got=", ".join(wanted),
            mend="keep the system as it is, or give more pictures or other --wordings",
        )
    settings = (
        f"twentyq {twentyq.__version__} refine: encoder {eyes.name} ({eyes.identity[:19]}), "
        f"scale {scale.value}, crop {cut or 'none'}, split {by.value}, seed {seed}, "
        f"moves {', '.join(wanted)}{', refit' if refit else ''}"
        + (f", language model {llm}" if llm is not None else "")
    )
    text = dump_system(with_history(made, settings))
    check_size(len(text.encode()), f"--out {out}")
    write_file(out, text, force=force)
    kept = "1 change" if len(made.steps) == 1 else f"{len(made.steps)} changes"
    tell(f"{out} holds {kept}")
