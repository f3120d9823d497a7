"""Figures in words: shares, intervals, differences, and the sentence that stands at the top."""

from __future__ import annotations

import math

from twentyq.errors import TwentyqError, shown
from twentyq.study.summary import Estimate, McNemar, Mode, Saving, Share, Summary

NOTHING = "–"
_MINUS = "\N{MINUS SIGN}"
_TIGHT = "\N{NO-BREAK SPACE}"


def plain(text: str) -> str:
    """Return text with control characters, bidi marks and odd bytes as escapes."""
    return "".join(
        c if c.isprintable() or c in f"\n{_TIGHT}" else c.encode("unicode_escape").decode()
        for c in text
    )


def percent(share: float | None) -> str:
    """Return a share as `46.6 %`."""
    return NOTHING if share is None else f"{_number(100 * share, 1)}{_TIGHT}%"


def points(share: float) -> str:
    """Return a difference of shares in percentage points, with its sign."""
    rounded = round(100 * share, 1)
    return f"+{rounded:.1f}" if rounded > 0 else _number(rounded, 1)


def share(found: Share | None) -> tuple[str, str]:
    """Return a share and its interval: `46.6 %`, `40.1–53.2`."""
    return (NOTHING, "") if found is None else (percent(found.share), _range(found))


def estimate(found: Estimate | None) -> tuple[str, str]:
    """Return a share that is an estimate, with its interval."""
    return (NOTHING, "") if found is None else (percent(found.value), _range(found))


def difference(found: Estimate | None) -> tuple[str, str]:
    """Return a difference in points and its interval."""
    if found is None:
        return NOTHING, ""
    return points(found.value), f"{points(found.low)} to {points(found.high)}"


def amount(found: Estimate | None, digits: int = 1) -> tuple[str, str]:
    """Return a plain number and its interval."""
    if found is None:
        return NOTHING, ""
    return _number(found.value, digits), _between(found.low, found.high, digits)


def bits(value: float | None) -> str:
    """Return bits with two decimals."""
    return NOTHING if value is None else _number(value, 2)


def chance_of(p: float) -> str:
    """Return a p value: three decimals, or that it is smaller."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def mcnemar(found: McNemar | None) -> tuple[str, str]:
    """Return the corrected p value and how many pictures each side alone gets right."""
    if found is None:
        return NOTHING, ""
    return chance_of(found.p_holm), f"{found.only_this} : {found.only_full}"


def threshold(value: float | None) -> str:
    """Return a threshold with as many digits as it needs."""
    return "none holds" if value is None else f"{value:.4g}".replace("-", _MINUS)


def default_mode(summary: Summary) -> Mode:
    """Return adaptive's default. Raises TwentyqError where the summary does not hold it."""
    for mode in summary.modes:
        if mode.name == summary.default:
            return mode
    raise TwentyqError(
        "the default is none of the modes",
        where="summary.default",
        got=shown(summary.default),
        allowed=", ".join(shown(mode.name) for mode in summary.modes),
    )


def stop_rules(summary: Summary) -> list[str]:
    """Return the stop rules that have curves, the default's first."""
    rules = list(dict.fromkeys(curve.stop for curve in summary.curves))
    default = default_mode(summary).stop or ""
    return sorted(rules, key=lambda rule: not named(rule, default))


def named(rule: str, stop: str) -> bool:
    """Say whether `rule` is the name of `stop`, which may carry a threshold."""
    return stop.partition(":")[0] == rule.partition(":")[0]


def default_saving(summary: Summary) -> Saving | None:
    """Return the saving of the default's policy and stop, None where it was not measured."""
    default = default_mode(summary)
    for saving in summary.savings:
        if saving.policy == default.policy and named(saving.stop, default.stop or ""):
            return saving
    return None


def headline(summary: Summary) -> str:
    """Return the finding in three sentences."""
    mode, full, subject = default_mode(summary), summary.modes[0], summary.subject
    parts = [
        f"Adaptive play names {percent(mode.accuracy.share)} of {mode.accuracy.total:,} pictures "
        f"rightly ({_range(mode.accuracy)}) and asks {mode.cost.mean:.1f} of {subject.prompts:,} "
        f"prompts, {percent(mode.cost.share)}.",
        f"Asking everything gives {percent(full.accuracy.share)} ({_range(full.accuracy)}).",
    ]
    if mode.difference is not None:
        found = mode.difference
        told = f"{points(found.value)} points ({difference(found)[1]})"
        if found.low > 0:
            parts.append(f"Adaptive play is better by {told}.")
        elif found.high < 0:
            parts.append(f"Adaptive play is worse: {told}.")
        else:
            parts.append(f"The difference, {told}, cannot be told from none.")
    return " ".join(parts)


def saving_sentence(summary: Summary) -> str | None:
    """Say where the default's saving comes from."""
    saving = default_saving(summary)
    if saving is None:
        return None
    less = saving.below_static
    spends = "less" if less.value >= 0 else "more"
    return (
        f"Stopping early, in one order for all pictures, saves "
        f"{percent(saving.stopping.value)} ({_range(saving.stopping)}) of full's prompts. With the "
        f"same stop, choosing each question for its picture spends {percent(abs(less.value))} "
        f"{spends} than that order (the saving, 95 %: {_range(less)})."
    )


def _range(found: Share | Estimate) -> str:
    return _between(100 * found.low, 100 * found.high, 1)


def _between(low: float, high: float, digits: int) -> str:
    # A dash beside a minus sign is hard to read.
    between = " to " if low < 0 else "–"
    return f"{_number(low, digits)}{between}{_number(high, digits)}"


def _number(value: float, digits: int) -> str:
    if not math.isfinite(value):
        return NOTHING
    text = f"{value:,.{digits}f}"
    return text.lstrip("-") if float(text.replace(",", "")) == 0 else text.replace("-", _MINUS)
