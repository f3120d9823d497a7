"""What a study found, in a few lines on the terminal; the report has the rest."""

from __future__ import annotations

from twentyq.study.summary import Mode, Summary

_HEAD = ("mode", "accuracy", "95 % interval", "against full", "prompts", "agrees with full")


def study_table(summary: Summary) -> str:
    """Return the table of modes, and what was left out of the labelled set."""
    rows = [_HEAD, *(_row(mode) for mode in summary.modes)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()
        for row in rows
    ]
    subject = summary.subject
    lines += [
        "",
        f"pictures  {subject.pictures} studied of {subject.pictures_given}; chance "
        f"{subject.chance:.1%}; full spends {subject.prompts} prompts",
    ]
    lines += [f"left out  {problem.kind}: {problem.count}" for problem in subject.problems]
    return "\n".join(lines)


def _row(mode: Mode) -> tuple[str, ...]:
    accuracy, apart = mode.accuracy, mode.difference
    return (
        mode.name,
        f"{accuracy.share:.1%}",
        f"{accuracy.low:.1%} to {accuracy.high:.1%}",
        ""
        if apart is None
        else f"{100 * apart.value:+.1f} ({100 * apart.low:+.1f} to {100 * apart.high:+.1f})",
        f"{mode.cost.mean:.1f}",
        "" if mode.agreement is None else f"{mode.agreement.share:.1%}",
    )
