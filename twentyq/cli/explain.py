"""One picture's game, told to a person."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from twentyq.result import Result, Step

BAR = 24
SHOWN = 3
WIDEST = 40
NOISE = "Bits: expected with the planner's noise, realised with belief's; the two need not agree."


def explain(
    console: Console, result: Result, policy: str, full_prompts: int, truth: str | None
) -> None:
    """Print each question, why it was asked, the answer, what is believed after it, and the end."""
    steps = result.trace or ()
    console.print(Text(printable(result.picture), style="bold"))
    for number, step in enumerate(steps, start=1):
        console.print(Padding(_told(step, number, policy), (1, 0, 0, 2), expand=False))
    console.print(Padding(_verdict(result, full_prompts, truth), (1, 0, 0, 2), expand=False))
    console.print(Text(f"\n  {NOISE}\n", style="dim"))


def printable(text: str) -> str:
    """Return text with control characters and odd bytes as escapes, safe for a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _told(step: Step, number: int, policy: str) -> RenderableType:
    question = Text.assemble(
        (f"{number}. {step.group}", "bold cyan"),
        f"  {len(step.answer)} prompts",
    )
    why = Text(f"why     {_why(step, policy)}", style="dim")
    answer = _bars("answer", list(step.answer.items()))
    belief = _bars("belief", list(step.best))
    bits = Text(
        f"bits    {step.expected_bits:.2f} expected, {step.realised_bits:+.2f} realised",
        style="dim",
    )
    return Group(question, why, answer, belief, bits)


def _why(step: Step, policy: str) -> str:
    others = [rival for rival in step.rivals if rival.group != step.group]
    if policy.startswith("random"):
        return "drawn at random"
    if policy.startswith("static"):
        return "next in the order that all pictures share"
    if policy == "file-order":
        return "next in the file"
    if not others:
        return "the only group left that tells classes apart"
    measure, own = _measure(step, policy)
    told = f"most {measure} ({own})"
    return f"{told}, before " + ", ".join(
        f"{rival.group} ({_number(rival.value, policy)})" for rival in others[:SHOWN]
    )


def _measure(step: Step, policy: str) -> tuple[str, str]:
    value = next(rival.value for rival in step.rivals if rival.group == step.group)
    name = "expected bits" if policy.startswith("gain") else "expected drop of Gini impurity"
    if policy.endswith("per-prompt"):
        name += " per prompt"
    return name, _number(value, policy)


def _number(value: float, policy: str) -> str:
    return f"{value:.2f}" if policy == "gain" else f"{value:.3f}"


def _bars(title: str, shares: Sequence[tuple[str, float]]) -> Text:
    """Draw the largest shares as bars, the first on the line of the title."""
    best = sorted(shares, key=lambda item: -item[1])[:SHOWN]
    best = [(textwrap.shorten(printable(name), WIDEST, placeholder="…"), p) for name, p in best]
    width = max(len(name) for name, _ in best)
    text = Text()
    for row, (name, share) in enumerate(best):
        lead = title if row == 0 else ""
        text.append(f"{lead:<8}", style="dim")
        text.append(f"{name:<{width}}  {share:6.1%} ")
        text.append("█" * round(share * BAR), style="green" if row == 0 else "dim")
        if row + 1 < len(best):
            text.append("\n")
    return text


def _verdict(result: Result, full_prompts: int, truth: str | None) -> Text:
    text = Text()
    if result.label is None:
        text.append("no label", style="bold yellow")
        text.append(f"  {printable(result.ranking[0].label)} leads, too weakly")
    else:
        text.append(f"{printable(result.label)}", style="bold green")
    text.append(f"  posterior {result.posterior:.1%}")
    if truth is not None:
        right = result.label == truth
        text.append(f"  {'right' if right else f'wrong: {truth}'}", "green" if right else "red")
    if result.tied_with:
        others = ", ".join(printable(name) for name in result.tied_with)
        text.append(f"\nthe rules do not tell it from {others}; the first in the file is named")
    saved = full_prompts - result.prompts_spent
    text.append(f"\nstopped by {result.stop_reason} after {len(result.groups_asked)} questions")
    text.append(f" and {result.prompts_spent} prompts; {saved} of full's {full_prompts} saved")
    return text
