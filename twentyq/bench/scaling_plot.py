"""What a question costs by N · Q, on logarithmic axes, beside a line that grows as N · Q does."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from matplotlib.figure import Figure

from twentyq.bench.scaling import Step


def draw_scaling(steps: Sequence[Step], kind: str) -> bytes:
    """Return the picture as `svg` or `png`."""
    entries = [step.entries for step in steps]
    middle = [step.question.median for step in steps]
    below = [step.question.median - step.question.smallest for step in steps]
    above = [step.question.largest - step.question.median for step in steps]
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    axes.errorbar(entries, middle, [below, above], fmt="o", capsize=3, label="measured")
    linear = [steps[-1].per_entry * n / 1e6 for n in entries]
    axes.plot(entries, linear, color="grey", label="linear, through the last")
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="N · Q, classes times prompts",
        ylabel="ms a picture and question",
        title="Cost of one question",
    )
    axes.legend(frameon=False)
    file = BytesIO()
    metadata = {"Date": None} if kind == "svg" else None
    figure.savefig(file, format=kind, dpi=150, metadata=metadata)
    return file.getvalue()
