"""What a study found, in a few lines on the terminal; the report has the rest."""

from __future__ import annotations

from twentyq.cli.figures import aligned, points, share_and_interval
from twentyq.study.summary import Mode, Summary

_HEAD = ("mode", "accuracy", "95 % interval", "against full", "prompts", "agrees with full")


def study_table(summary: Summary) -> str:
    """Return the table of modes, and what was left out of the labelled set."""
    subject = summary.subject
    lines = [
        aligned([_HEAD, *map(_row, summary.modes)]),
        "",
        f"pictures  {subject.pictures} studied of {subject.pictures_given}; chance "
        f"{subject.chance:.1%}; full spends {subject.prompts} prompts",
    ]
    lines += [f"left out  {problem.kind}: {problem.count}" for problem in subject.problems]
    return "\n".join(lines)


def _row(mode: Mode) -> tuple[str, ...]:
    return (
        mode.name,
        *share_and_interval(mode.accuracy),
        "" if mode.difference is None else points(mode.difference),
        f"{mode.cost.mean:.1f}",
        "" if mode.agreement is None else f"{mode.agreement.share:.1%}",
    )
