"""Figures as people read them: shares and differences with their intervals, columns of text."""

from __future__ import annotations

from collections.abc import Sequence

from twentyq.study.summary import Estimate, Share


def share_and_interval(share: Share) -> tuple[str, str]:
    """Return a share and its interval, for two columns."""
    return f"{share.share:.1%}", f"{share.low:.1%} to {share.high:.1%}"


def share_on_a_line(share: Share) -> str:
    """Return a share with its counts and its interval."""
    value, interval = share_and_interval(share)
    return f"{value} ({share.count} of {share.total}; 95 % {interval})"


def points(difference: Estimate) -> str:
    """Return a difference of shares, with its interval, in percentage points."""
    value, low, high = (100 * part for part in (difference.value, difference.low, difference.high))
    return f"{value:+.1f} ({low:+.1f} to {high:+.1f})"


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as lines: the first column flush left, the others flush right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()
        for row in rows
    )
