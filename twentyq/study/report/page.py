"""The page: the template filled with the summary, the stories and the figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from twentyq.study.report import plots, wording
from twentyq.study.report.drawing import inline_svg
from twentyq.study.report.story import Story
from twentyq.study.summary import Group, Mode, Saving, Summary

OPEN_GROUPS = 6  # confusions that stand open on the page; the others are folded
_WORDS = (
    "percent",
    "points",
    "share",
    "estimate",
    "difference",
    "amount",
    "bits",
    "mcnemar",
    "threshold",
)


class Cell(NamedTuple):
    """One cell of a confusion: a share of its row, as the page shows it."""

    share: float
    percent: str
    strong: bool


class Told(NamedTuple):
    """The stories in three piles: adaptive alone wrong, adaptive alone right, and the others."""

    loses: list[Story]
    wins: list[Story]
    others: list[Story]


def page(summary: Summary, stories: Sequence[Story]) -> str:
    """Return the page as HTML that needs nothing beside itself."""
    environment = Environment(
        loader=PackageLoader("twentyq.study.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_plain_unless_markup,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update({name: getattr(wording, name) for name in _WORDS})
    environment.filters["chance_of"] = wording.chance_of
    piles = _piles(summary, stories)
    style = environment.get_template("report.css").render()
    return environment.get_template("report.html").render(
        style=Markup(style),  # ours; and a style element knows no escapes
        summary=summary,
        subject=summary.subject,
        default=wording.default_mode(summary),
        full=summary.modes[0],
        headline=wording.headline(summary),
        saving_sentence=wording.saving_sentence(summary),
        stops=wording.stop_rules(summary),
        figures=_figures(summary),
        told=piles,
        confusion=confusion,
        savings=_by_stop(summary),
        groups=sorted(summary.groups, key=lambda group: -group.asked * (group.bits or 0)),
        open_groups=OPEN_GROUPS,
        sections=_sections(summary, piles),
    )


def confusion(group: Group) -> list[list[Cell]]:
    """Return a group's confusion as shares of each row; an option without pictures gives zeros."""
    rows = []
    for row in group.confusion:
        total = sum(row) or 1.0
        shares = [value / total for value in row]
        rows.append([Cell(s, f"{100 * s:.0f}" if s >= 0.005 else "·", s > 0.7) for s in shares])
    return rows


def _figures(summary: Summary) -> dict[str, Any]:
    stops = wording.stop_rules(summary)
    first = stops[0] if stops else ""
    label = f"Accuracy against prompts with the stop rule {first}. {wording.headline(summary)}"
    found: dict[str, Any] = {
        "wide": inline_svg(plots.curves(summary, first, plots.WIDE), "wide", label),
        "narrow": inline_svg(plots.curves(summary, first, plots.NARROW), "narrow", label),
        "accuracy": [
            (stop, inline_svg(plots.panel(summary, stop, "accuracy"), f"accuracy-{i}",
                              f"Accuracy against prompts, every policy, stop rule {stop}."))
            for i, stop in enumerate(stops)
        ],
        "agreement": [
            (stop, inline_svg(plots.panel(summary, stop, "agreement"), f"agreement-{i}",
                              f"Agreement with full against prompts, stop rule {stop}."))
            for i, stop in enumerate(stops)
        ],
        "reliability": [
            (mode, inline_svg(plots.reliability(mode.reliability), f"reliability-{i}",
                                   f"Reliability of {mode.name}: stated against observed."))
            for i, mode in enumerate(_with_diagram(summary))
            if mode.reliability is not None
        ],
    }  # fmt: skip
    if summary.asked:
        found["asked"] = inline_svg(
            plots.asked(summary.asked), "asked", "Accuracy that came out, by confidence asked for."
        )
    if summary.rejection is not None and summary.rejection.risk:
        found["risk"] = inline_svg(
            plots.risk(summary.rejection), "risk", "Error among the answered, by share answered."
        )
    if summary.controls:
        found["controls"] = inline_svg(
            plots.controls(summary.controls, summary.subject.chance),
            "controls",
            "Null intervals of full's accuracy under each control, with what was observed.",
        )
    return found


def _sections(summary: Summary, piles: Told) -> list[tuple[str, str]]:
    """Return id and title of the sections that stand on the page."""
    measured = any(mode.reliability for mode in summary.modes)
    sections = (
        (True, "curves", "Curves"),
        (True, "modes", "Modes"),
        (summary.savings, "saving", "Saving"),
        (summary.fitted, "fitted", "Thresholds"),
        (measured or summary.asked or summary.rejection, "confidence", "Confidence"),
        (summary.controls, "controls", "Controls"),
        (summary.groups, "groups", "Groups"),
        (piles.others, "pictures", "Pictures"),
        (True, "failures", "Failures"),
        (True, "pictures-given", "Labelled pictures"),
        (summary.notes, "notes", "Notes"),
        (True, "command", "Command"),
    )
    return [(id_, title) for there, id_, title in sections if there]


def _by_stop(summary: Summary) -> list[tuple[str, list[Saving]]]:
    """Return the savings of each stop rule, the default's first."""
    default = wording.default_mode(summary).stop
    stops = dict.fromkeys(saving.stop for saving in summary.savings)
    return [
        (stop, [saving for saving in summary.savings if saving.stop == stop])
        for stop in sorted(stops, key=lambda stop: stop != default)
    ]


def _with_diagram(summary: Summary) -> list[Mode]:
    """Return the default, and what else states a calibrated probability."""
    default = wording.default_mode(summary)
    others = [
        mode
        for mode in summary.modes
        if mode is not default
        and mode.reliability is not None
        and mode.reliability.speaks == "probability"
    ]
    return [default, *others][:4]


def _piles(summary: Summary, stories: Sequence[Story]) -> Told:
    loses = {item.picture for item in summary.adaptive_loses}
    wins = {item.picture for item in summary.adaptive_wins}
    return Told(
        [story for story in stories if story.picture in loses],
        [story for story in stories if story.picture in wins],
        [story for story in stories if story.picture not in loses | wins],
    )


def _plain_unless_markup(value: object) -> object:
    if isinstance(value, str) and not isinstance(value, Markup):
        return wording.plain(value)
    return value
