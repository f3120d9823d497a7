"""`twentyq build`: a draft of a system from a language model, and notes on a draft fed back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twentyq.cli.options import (
    Force,
    LanguageModelBase,
    LanguageModelName,
    MaxCalls,
    NoReplyCache,
    ReplyCache,
    ReplyTimeout,
)
from twentyq.cli.telling import tell
from twentyq.errors import UsageError, shown

if TYPE_CHECKING:
    from twentyq.authoring.building.brief import Brief

GROUPS = 5


def build(
    llm: LanguageModelName,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="CLASS...", help="Names of classes.")
    ] = None,
    classes: Annotated[
        Path | None, typer.Option(metavar="FILE", help="More names of classes, one a line.")
    ] = None,
    about: Annotated[
        str | None, typer.Option(metavar="TEXT", help="One line on what the pictures show.")
    ] = None,
    facts: Annotated[
        Path | None,
        typer.Option(
            metavar="TABLE.csv",
            help="What is known: a row per class, with the column class; without other names, "
            "its classes are meant.",
        ),
    ] = None,
    groups: Annotated[
        int | None,
        typer.Option(min=1, help="So many groups are wanted.", show_default=str(GROUPS)),
    ] = None,
    options: Annotated[int, typer.Option(min=2, help="The most options of one group.")] = 10,
    llm_base: LanguageModelBase = None,
    revise: Annotated[
        Path | None,
        typer.Option(metavar="DRAFT", help="Change this system file as --notes ask."),
    ] = None,
    notes: Annotated[
        str | None, typer.Option(metavar="TEXT", help="With --revise: what is to be changed.")
    ] = None,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Write the draft here.")] = Path(
        "draft.yaml"
    ),
    force: Force = False,
    retries: Annotated[
        int, typer.Option(min=0, help="How often a reply that is not usable is asked for again.")
    ] = 3,
    context: Annotated[
        int,
        typer.Option(
            min=2048, metavar="TOKENS", help="What the model can read and write in one call."
        ),
    ] = 4096,
    max_calls: MaxCalls = 200,
    timeout: ReplyTimeout = 120.0,
    cache: ReplyCache = None,
    no_cache: NoReplyCache = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would take, and ask nothing.")
    ] = False,
) -> None:
    """Draft a system with a language model, from names of classes and a line on the domain.

    The draft is a valid system file for a person to correct, with what is to be looked at in its
    comments; corrections can be fed back with --revise and --notes. Replies are kept, so the same
    command continues where an interrupted one was. Exit codes: 0 done, 2 usage or a bad file, 4 the
    model cannot be asked or its replies make no system, 5 disk or store, 130 interrupted.
    """
    from twentyq.cli.extras import require_build

    require_build()
    from twentyq.authoring.building.commented import commented
    from twentyq.authoring.building.differences import differences
    from twentyq.authoring.building.drafting import Terms, draft_system
    from twentyq.authoring.building.forecast import forecast_draft, forecast_revision
    from twentyq.authoring.building.revising import revise_system
    from twentyq.authoring.building.room import Room
    from twentyq.authoring.language_model import LanguageModel, kept_replies
    from twentyq.cli.writing import require_new, write_file
    from twentyq.review import list_findings
    from twentyq.system import System, load_system

    named = {"CLASS": names, "--classes": classes, "--facts": facts, "--about": about}
    _refuse_contradictions(named | {"--groups": groups}, revise, notes)
    require_new(out, "--out", force=force or dry_run)
    room = Room(context)
    model = LanguageModel.open(
        llm,
        llm_base,
        max_calls=max_calls,
        timeout_s=timeout,
        cache=None if no_cache else cache or kept_replies(),
        max_tokens=room.reply,
    )
    before: System | None = None
    if revise is not None and notes is not None:
        before = load_system(revise)
        forecast = forecast_revision(before, notes, options, room)
        work = partial(revise_system, before, notes, options)
    else:
        brief = _brief(names or [], classes, facts, about or "", groups or GROUPS, options, out)
        forecast = forecast_draft(brief, room)
        work = partial(draft_system, brief)
    tell(forecast.told(model.price, retries, max_calls))
    if dry_run:
        return
    try:
        draft = work(model, Terms(llm, room, retries, tell))
    finally:
        tell(model.usage.told())
    changes = [] if before is None else differences(before, draft.system)
    findings = [one for one in list_findings(draft.system) if not one.accepted]
    write_file(out, commented(draft, findings, llm, changes), force=force)
    for line in changes:
        tell(line)
    n_classes, n_groups = len(draft.system.classes), len(draft.system.groups)
    n_remarks = len(draft.remarks) + len(findings)
    tell(
        f"{out}: {n_classes} classes, {n_groups} groups; remarks in its comments: {n_remarks}; "
        "read it and correct it"
    )


def _brief(
    names: list[str],
    classes: Path | None,
    facts: Path | None,
    about: str,
    groups: int,
    options: int,
    out: Path,
) -> Brief:
    from twentyq.authoring.building.brief import write_brief
    from twentyq.authoring.building.facts import read_facts
    from twentyq.cli.sources import read_lines

    names = names + (read_lines(classes, "classes") if classes else [])
    known = read_facts(facts) if facts else {}
    wanted = names or list(known)
    without = [name for name in wanted if name not in known]
    if facts and names:
        tell(f"{facts} has no facts on {len(without)} of {len(wanted)} classes")
    return write_brief(out.stem, about, wanted, known, groups=groups, options=options)


def _refuse_contradictions(
    named: Mapping[str, object], revise: Path | None, notes: str | None
) -> None:
    if (revise is None) != (notes is None) or (notes is not None and not notes.strip()):
        raise UsageError(
            "a draft and notes on it belong together",
            where="--revise and --notes",
            got="one of them" if notes is None or notes.strip() else "notes without a word",
            mend="give both to change a draft, or none to make one",
        )
    for option, value in named.items() if revise is not None else ():
        if value:
            raise UsageError(
                "a revision takes this from the draft",
                where=option,
                got=shown(value if isinstance(value, list | int) else str(value)),
                mend=f"leave {option} out; what is to be changed stands in --notes",
            )
