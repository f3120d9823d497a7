"""Evaluations side by side, as the table of the model card."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from twentyq.errors import UsageError
from twentyq.training.evaluation import Evaluation
from twentyq.training.measures import Difference, Figure
from twentyq.training.protocol import Protocol, Row, load_protocol

ABSENT = "not measured"
PAIRED = tuple(
    (f"{title}: {text}", part, measure)
    for part, title in (
        ("unseen-24", "24 unseen animals"),
        ("unseen-21", "21 unseen animals (`animals`)"),
        ("unseen-all", "unseen among all of `animals`"),
        ("concepts-124", "124 concepts"),
        ("pokemon-cards", "`pokemon-cards`"),
        ("birds", "birds"),
    )
    for text, measure in (
        ("full minus names", "full - names"),
        ("full, bias removed minus full", "full-unbiased - full"),
        ("full minus names, bias removed from both", "full-unbiased - names-unbiased"),
    )
)


def markdown(results: Sequence[Evaluation], names: Sequence[str]) -> str:
    """Return the table of the protocol's figures in Markdown, one column for each name.

    Results of one name are seeds of one recipe: their mean, smallest and largest share are given;
    a single result is given with its interval. Raises UsageError where names do not match results.
    """
    if len(results) != len(names) or not results:
        raise UsageError(
            "there is one name for each result",
            where="names",
            got=f"{len(names)} names for {len(results)} results",
        )
    protocol = load_protocol()
    columns: dict[str, list[Evaluation]] = {name: [] for name in names}
    for result, name in zip(results, names, strict=True):
        columns[name].append(result)
    seeds = list(columns.values())
    head = ["set", "n", "chance", "prototype's own", "goal", *columns]
    lines = [_line(head), _line(["---"] * len(head))]
    lines += [_line(_figure_row(row, seeds)) for row in protocol.figures]
    lines += [_line(_style_row(*key, seeds)) for key in _per_style(protocol)]
    lines += [_line(_paired_row(*key, seeds)) for key in PAIRED]
    lines += [_line(row) for row in _cost_rows(protocol, seeds)]
    return "\n".join([*lines, "", *(f"- {note}" for note in _notes(protocol, results))]) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _figure_row(row: Row, columns: Sequence[Sequence[Evaluation]]) -> list[str]:
    found = [[one.figure(row.part, row.measure) for one in seeds] for seeds in columns]
    mark = "*" if row.differs else ""
    cells = [
        "" if row.prototype is None else f"{row.prototype:.3f}{mark}",
        "" if row.goal is None else f"≥ {row.goal:.2f}",
    ]
    return [row.title, *_size(found), *cells, *map(_shares, found)]


def _per_style(protocol: Protocol) -> list[tuple[str, str, str, str]]:
    parts = {
        "unseen-24": "24 unseen animals",
        "unseen-21": "21 unseen animals (`animals`)",
        "unseen-all": "unseen among all of `animals`",
    }
    return [
        (f"{title}, full, bias removed, {style}", part, "full-unbiased", style)
        for part, title in parts.items()
        for style in protocol.styles
    ]


def _style_row(
    title: str, part: str, measure: str, style: str, columns: Sequence[Sequence[Evaluation]]
) -> list[str]:
    found = [[one.figure(part, measure, style) for one in seeds] for seeds in columns]
    return [title, *_size(found), "", "", *map(_shares, found)]


def _paired_row(
    title: str, part: str, measure: str, columns: Sequence[Sequence[Evaluation]]
) -> list[str]:
    found = [[one.difference(part, measure) for one in seeds] for seeds in columns]
    n = next((str(one.n) for seeds in found for one in seeds if one is not None), "")
    return [f"{title}, paired", n, "0", "", "", *map(_gaps, found)]


def _cost_rows(protocol: Protocol, columns: Sequence[Sequence[Evaluation]]) -> list[list[str]]:
    limits = protocol.limits
    wanted = (
        ("one picture, one thread, ms", "picture_ms", limits.picture_ms),
        ("one prompt, one thread, ms", "prompt_ms", limits.prompt_ms),
        ("weights, MB", "megabytes", limits.megabytes),
    )
    return [
        [
            title,
            "",
            "",
            "",
            f"≤ {limit:g}",
            *(f"{fmean(getattr(one.cost, field) for one in seeds):.1f}" for seeds in columns),
        ]
        for title, field, limit in wanted
    ]


def _notes(protocol: Protocol, results: Sequence[Evaluation]) -> list[str]:
    notes = [
        f"\\* {row.title}: the prototype's own figure was taken on another set ({row.differs})."
        for row in protocol.figures
        if row.differs
    ]
    left_out = dict.fromkeys(reason for result in results for reason in result.left_out)
    return notes + [f"Left out: {reason}." for reason in left_out]


def _size(found: Sequence[Sequence[Figure | None]]) -> tuple[str, str]:
    one = next((one for seeds in found for one in seeds if one is not None), None)
    return ("", "") if one is None else (str(one.n), f"{one.chance:.3f}")


def _shares(seeds: Sequence[Figure | None]) -> str:
    known = [one for one in seeds if one is not None]
    if not known:
        return ABSENT
    if len(known) == 1:
        return f"{known[0].share:.3f} [{known[0].low:.2f}, {known[0].high:.2f}]"
    shares = [one.share for one in known]
    return f"{fmean(shares):.3f} ({min(shares):.3f} to {max(shares):.3f})"


def _gaps(seeds: Sequence[Difference | None]) -> str:
    known = [one for one in seeds if one is not None]
    if not known:
        return ABSENT
    if len(known) == 1:
        return f"{known[0].mean:+.3f} [{known[0].low:+.3f}, {known[0].high:+.3f}]"
    means = [one.mean for one in known]
    return f"{fmean(means):+.3f} ({min(means):+.3f} to {max(means):+.3f})"
