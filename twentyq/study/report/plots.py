"""The figures of the report, each from the summary alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from twentyq.review.painting import BLUE, GREY, INK, MUTED, RED
from twentyq.study.report.drawing import canvas, in_percent, ink
from twentyq.study.report.wording import default_mode, percent, plain
from twentyq.study.summary import (
    Asked,
    Control,
    Curve,
    Rejection,
    Reliability,
    Share,
    Summary,
)

WIDE, NARROW, PANEL = (9.2, 5.0), (4.4, 5.0), (4.4, 3.3)  # inches
_BANDED = ("static", "random")
_LEAST_BAND = 0.13


def curves(summary: Summary, stop: str, size: tuple[float, float]) -> Figure:
    """Draw accuracy against prompts under one stop rule, with 95 % bands and the baselines."""
    figure, axes = canvas(*size)
    default = default_mode(summary)
    shown = [curve for curve in summary.curves if curve.stop == stop]
    for curve in shown:
        ours = curve.policy == default.policy
        _draw(axes, curve, "accuracy", banded=ours or curve.policy in _BANDED, strong=ours)
    axes.plot(
        default.cost.mean,
        default.accuracy.share,
        "o",
        markersize=13,
        markerfacecolor="none",
        markeredgecolor=INK,
        markeredgewidth=1.6,
        label=f"default, {percent(default.accuracy.share)}",
        zorder=5,
    )
    full = summary.modes[0].accuracy
    axes.errorbar(
        summary.subject.prompts,
        full.share,
        yerr=_whiskers([full]),
        fmt="*",
        markersize=11,
        color=INK,
        capsize=3,
        label=f"full, {percent(full.share)}",
        zorder=5,
    )
    names = [mode for mode in summary.modes if mode.mode == "names"]
    for mode, line in zip(names, ((0, (6, 2)), (0, (2, 2))), strict=False):
        share = mode.accuracy.share
        axes.axhline(
            share, color=INK, lw=1.1, ls=line, label=f"{plain(mode.name)}, {percent(share)}"
        )
    chance = summary.subject.chance
    axes.axhline(chance, color=MUTED, lw=1, ls=(0, (1, 3)), label=f"chance, {percent(chance)}")
    _along_prompts(axes, summary)
    axes.set_ylim(0, _top(summary))
    axes.set_ylabel("accuracy")
    figure.legend(loc="outside lower center", ncols=2 if size[0] < 6 else 4)
    return figure


def panel(summary: Summary, stop: str, reading: Literal["accuracy", "agreement"]) -> Figure:
    """Draw one small figure of all policies under one stop rule."""
    figure, axes = canvas(*PANEL)
    default = default_mode(summary).policy
    for curve in (curve for curve in summary.curves if curve.stop == stop):
        _draw(axes, curve, reading, banded=curve.policy in (default, "static"), strong=False)
    if reading == "accuracy":
        axes.axhline(summary.modes[0].accuracy.share, color=INK, lw=1, ls=(0, (6, 2)), label="full")
    _along_prompts(axes, summary)
    axes.set_ylim(0, _top(summary) if reading == "accuracy" else 1.03)
    axes.set_ylabel(reading if reading == "accuracy" else "agreement with full")
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def reliability(found: Reliability) -> Figure:
    """Draw stated against observed accuracy, with 95 % intervals and the pictures in each bin."""
    figure = Figure(figsize=(4.4, 4.4))
    upper, lower = figure.subplots(2, sharex=True, height_ratios=(3, 1))
    bins = [item for item in found.bins if item.accuracy.total]
    upper.plot((0, 1), (0, 1), color=MUTED, lw=1, ls=(0, (2, 2)), label="as stated")
    upper.errorbar(
        [item.stated for item in bins],
        [item.accuracy.share for item in bins],
        yerr=_whiskers([item.accuracy for item in bins]),
        fmt="o-",
        color=BLUE,
        lw=1.6,
        elinewidth=1,
        capsize=2,
        label="observed",
    )
    upper.set_ylim(0, 1)
    upper.set_ylabel("accuracy")
    upper.legend(loc="upper left")
    lower.bar(
        [item.low for item in bins],
        [item.accuracy.total for item in bins],
        width=[item.high - item.low for item in bins],
        align="edge",
        color=BLUE,
        alpha=0.55,
        linewidth=0,
    )
    lower.set_xlim(0, 1)
    lower.set_ylabel("pictures")
    lower.set_xlabel(f"stated {found.speaks} of the returned label")
    in_percent(upper, y=True)
    in_percent(lower, x=True)
    return figure


def asked(found: Sequence[Asked]) -> Figure:
    """Draw the accuracy that came out against the confidence asked for."""
    figure, axes = canvas(4.4, 3.8)
    axes.plot((0, 1), (0, 1), color=MUTED, lw=1, ls=(0, (2, 2)), label="as asked")
    read = [(item.confidence, item.accuracy) for item in found if item.accuracy is not None]
    axes.errorbar(
        [confidence for confidence, _ in read],
        [share.share for _, share in read],
        yerr=_whiskers([share for _, share in read]),
        fmt="o-",
        color=BLUE,
        capsize=2,
        elinewidth=1,
        label="accuracy of those that reached it",
    )
    axes.plot(
        [item.confidence for item in found],
        [item.reached.share for item in found],
        color=RED,
        ls="--",
        marker="s",
        label="share of pictures that reached it",
    )
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="confidence asked for", ylabel="share")
    in_percent(axes, x=True, y=True)
    figure.legend(loc="outside lower center", ncols=1)
    return figure


def risk(found: Rejection) -> Figure:
    """Draw the error among the answered pictures against the share answered."""
    figure, axes = canvas(4.4, 3.8)
    coverage, error = zip(*found.risk, strict=True)
    axes.plot(coverage, error, color=BLUE, lw=1.8)
    axes.fill_between(coverage, 0, error, color=BLUE, alpha=_LEAST_BAND, lw=0)
    axes.set(xlim=(0, 1), xlabel="coverage: share of pictures answered", ylabel="error among them")
    axes.set_ylim(bottom=0)
    in_percent(axes, x=True, y=True)
    return figure


def controls(found: Sequence[Control], chance: float) -> Figure:
    """Draw each control's null interval, its name above it, beside what was observed."""
    figure, axes = canvas(4.4, 1.0 + 0.6 * len(found))
    for row, control in enumerate(found):
        null, once = control.null, row == 0
        axes.plot(
            (null.low, null.high),
            (row, row),
            color=GREY,
            lw=7,
            solid_capstyle="butt",
            label="null, middle 95 %" if once else None,
        )
        axes.plot(null.value, row, "|", color=INK, markersize=11)
        axes.plot(
            control.observed,
            row,
            "D",
            color=RED,
            markersize=7,
            clip_on=False,
            label="observed" if once else None,
        )
        axes.text(0.01, row - 0.3, plain(control.name), transform=axes.get_yaxis_transform())
    axes.axvline(chance, color=MUTED, lw=1, ls=(0, (1, 3)), label="chance")
    axes.set(yticks=(), ylim=(len(found) - 0.6, -0.75), xlabel="accuracy of full")
    axes.set_xlim(left=0)
    in_percent(axes, x=True)
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def _draw(axes: Axes, curve: Curve, reading: str, *, banded: bool, strong: bool) -> None:
    colour, line, marker = ink(curve.policy)
    points = sorted(curve.points, key=lambda point: point.prompts)
    shares: list[Share] = [getattr(point, reading) for point in points]
    prompts = [point.prompts for point in points]
    if banded:
        lows, highs = [share.low for share in shares], [share.high for share in shares]
        axes.fill_between(prompts, lows, highs, color=colour, alpha=_LEAST_BAND, lw=0)
    axes.plot(
        prompts,
        [share.share for share in shares],
        color=colour,
        ls=line,
        marker=marker,
        markersize=5 if strong else 3.5,
        markevery=max(1, len(points) // 10),
        lw=2.4 if strong else 1.3,
        label=plain(curve.policy),
        zorder=4 if strong else 3,
    )


def _along_prompts(axes: Axes, summary: Summary) -> None:
    prompts = summary.subject.prompts
    axes.set_xlim(0, 1.03 * prompts)
    axes.set_xlabel(f"mean prompts spent on a picture, of {prompts}")
    in_percent(axes, y=True)


def _top(summary: Summary) -> float:
    """Return how far up accuracy is drawn, the same in every figure."""
    highs = [point.accuracy.high for curve in summary.curves for point in curve.points]
    highs += [mode.accuracy.high for mode in summary.modes]
    return min(1.03, 1.05 * max(highs))


def _whiskers(shares: Sequence[Share]) -> tuple[list[float], list[float]]:
    # Rounding can put a bound a hair on the wrong side of the share, which matplotlib refuses.
    below = [max(0.0, share.share - share.low) for share in shares]
    above = [max(0.0, share.high - share.share) for share in shares]
    return below, above
