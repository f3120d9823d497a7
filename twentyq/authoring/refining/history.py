"""What refinement did, in the lines that a system file keeps of it."""

from __future__ import annotations

from dataclasses import replace

from twentyq.authoring.refining.outcome import Compared, Refinement
from twentyq.authoring.refining.proposing import Change
from twentyq.system import System

LEFT_OUT = "left out"


def with_history(refinement: Refinement, settings: str) -> System:
    """Return the refined system with a line for each change, one of figures, one of settings."""
    lines = [f"round {step.round}, {told(step.change)}" for step in refinement.steps]
    if refinement.last is not None:
        lines.append(f"at last, {told(refinement.last)}")
    history = (*refinement.before.history, *lines, figures(refinement.test), settings)
    return replace(refinement.after, history=history)


def told(change: Change) -> str:
    """Return a change on one line."""
    of = f"{change.move} of {change.group}" if change.group else change.move
    return f"{of}: {change.before} → {change.after or LEFT_OUT}"


def figures(test: Compared) -> str:
    """Return what a refinement brought on pictures that had no part in it."""
    before, after, apart = test.before, test.after, test.difference
    return (
        f"of {before.total} pictures that had no part in it, full names {before.count} rightly "
        f"before ({before.share:.1%}) and {after.count} after ({after.share:.1%}, 95 % interval "
        f"{after.low:.1%} to {after.high:.1%}): {100 * apart.value:+.1f} points "
        f"({100 * apart.low:+.1f} to {100 * apart.high:+.1f}), McNemar's exact "
        f"p = {test.mcnemar.p:.2g}"
    )
