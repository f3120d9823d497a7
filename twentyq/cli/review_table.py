"""A review of a system for a person: findings worst first, what groups can tell, the bounds."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import zip_longest

from rich.console import Console
from rich.table import Table
from rich.text import Text

from twentyq.cli.console import printable
from twentyq.review import Bounds, Finding, GroupFigures, Rank, Review

INDENT = len("accepted  ")
STYLES = {Rank.error: "bold red", Rank.warning: "yellow", Rank.note: "dim"}


def print_review(console: Console, review: Review) -> None:
    """Print a review in tables that fit a terminal of 80 columns."""
    system = review.system
    size = ", ".join(
        (
            f"{len(system.classes)} classes",
            _plural(len(system.groups), "group"),
            f"{system.n_prompts} prompts",
        )
    )
    read = "prompts not looked at" if review.encoder is None else f"read by {review.encoder}"
    console.print(Text(f"{printable(system.name)}: {size}, {printable(read)}", style="bold"))
    console.print(Text(counted(review.findings)))
    if review.findings:
        console.print()
        _print_findings(console, review)
    console.print(Text(), _groups(review.groups), Text(), sep="\n")
    _print_bounds(console, review.bounds)


def counted(findings: Sequence[Finding]) -> str:
    """Say how many findings there are of each rank; those that the file accepts apart."""
    open_ranks = [finding.rank for finding in findings if not finding.accepted]
    counts = [_plural(open_ranks.count(rank), rank) for rank in Rank]
    n_accepted = len(findings) - len(open_ranks)
    return ", ".join(counts) + (f", {n_accepted} accepted" if n_accepted else "")


def _plural(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"


def _print_findings(console: Console, review: Review) -> None:
    """Print each finding, and what to do once for all that stand together and ask for the same."""
    accepted = [finding for finding in review.findings if finding.accepted]
    told = [finding for finding in review.findings if finding not in accepted[1:]]
    for finding, following in zip_longest(told, told[1:]):
        if finding.accepted:
            what, more = _accepted(review, accepted)
            head = Text("accepted", "dim")
        else:
            alike = following is not None and following.mend == finding.mend
            what, more = finding.what, "" if alike else f"to mend: {finding.mend}"
            head = Text(finding.rank, STYLES[finding.rank])
        _print_folded(console, head, what, more)


def _print_folded(console: Console, head: Text, what: str, more: str) -> None:
    """Print two paragraphs beside a word, folded to the console's width."""
    head.pad_right(INDENT - len(head))
    for paragraph, style in ((what, ""), (more, "dim")):
        for line in textwrap.wrap(paragraph, console.width - INDENT, break_on_hyphens=False):
            console.print(Text.assemble(head, (line, style)), soft_wrap=True)
            head = Text(" " * INDENT)


def _accepted(review: Review, findings: Sequence[Finding]) -> tuple[str, str]:
    """Tell of all tie sets that a file accepts at once, and why: there may be many."""
    ties = "; ".join(", ".join(map(printable, finding.classes)) for finding in findings)
    wrong = sum(finding.figures["wrong"] for finding in findings)
    why = printable(str(review.system.accepts.get("why", "")))
    return (
        f"{_plural(len(findings), 'tie set')} of classes with equal rules in every group, which "
        f"give at least {wrong:.1%} of all pictures a wrong label: {ties}",
        f"why: {why}" if why else "",
    )


def _groups(groups: Sequence[GroupFigures]) -> Table:
    table = Table("group", box=None, pad_edge=False)
    for column in ("prompts", "bits", "a prompt", "told"):
        table.add_column(column, justify="right")
    table.add_column("by")
    table.add_column("without rule", justify="right")
    for group in groups:
        table.add_row(
            Text(printable(group.group)),
            f"{group.prompts}",
            f"{group.bits:.2f}",
            f"{group.bits_per_prompt:.2f}",
            f"{group.told:.2f}",
            Text(printable(group.told_by or "")),
            f"{group.unknown:.0%}",
        )
    return table


def _print_bounds(console: Console, bounds: Bounds) -> None:
    console.print(
        Text(f"{bounds.bits:.2f} bits find the label; with noise-free answers that takes")
    )
    table = Table("", box=None, pad_edge=False)
    for column in ("questions", "prompts"):
        table.add_column(column, justify="right")
    table.add_row("entropy bound on the mean", f"{bounds.questions:.2f}", f"{bounds.prompts:.1f}")
    if least := bounds.least:
        table.add_row(
            "least mean, exact", f"{least.mean_questions:.2f}", f"{least.mean_prompts:.1f}"
        )
        table.add_row(
            "least worst case, exact", f"{least.worst_questions}", f"{least.worst_prompts}"
        )
    console.print(table)
    if not least:
        console.print(Text("the exact least is not computed: too many positions"))
