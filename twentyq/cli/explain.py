"""One picture's game, told to a person."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.text import Text

from twentyq.cli.console import printable
from twentyq.result import Result, Step

BAR = 24
SHOWN = 3
WIDEST = 40
NOISE = "Bits: expected with the planner's noise, realised with belief's; the two need not agree."


def explain(
    console: Console, result: Result, policy: str, full_prompts: int, truth: str | None
) -> None:
    """Print each question, why it was asked, the answer, what is believed after it, and the end."""
    console.print(Text(printable(result.picture), style="bold"), soft_wrap=True)
    for number, step in enumerate(result.trace or (), start=1):
        _print_block(console, _told(step, number, policy))
    _print_block(console, _verdict(result, full_prompts, truth))
    _print_block(console, [Text(NOISE, style="dim")])
    console.print()


def _print_block(console: Console, lines: Iterable[Text]) -> None:
    console.print()
    for line in lines:
        console.print(Text("  ").append_text(line), soft_wrap=True)


def _told(step: Step, number: int, policy: str) -> Iterator[Text]:
    question = (f"{number}. {printable(step.group)}", "bold cyan")
    yield Text.assemble(question, f"  {len(step.answer)} prompts")
    yield Text(f"why     {_why(step, policy)}", style="dim")
    yield from _bars("answer", list(step.answer.items()))
    yield from _bars("belief", step.best)
    told = f"bits    {step.expected_bits:.2f} expected, {step.realised_bits:+.2f} realised"
    yield Text(told, style="dim")


def _why(step: Step, policy: str) -> str:
    if policy.startswith("random"):
        return "drawn at random"
    if policy.startswith("static"):
        return "next in the order that all pictures share"
    if policy == "file-order":
        return "next in the file"
    own, *others = step.rivals
    if not others:
        return "the only group left that tells classes apart"
    measure = "expected bits" if policy.startswith("gain") else "expected drop of Gini impurity"
    per_prompt = policy.endswith("per-prompt")
    number = "{:.3f}" if per_prompt or policy.startswith("gini") else "{:.2f}"
    rest = ", ".join(f"{r.group} ({number.format(r.value)})" for r in others[:SHOWN])
    return f"most {measure}{' per prompt' * per_prompt} ({number.format(own.value)}), before {rest}"


def _bars(title: str, shares: Sequence[tuple[str, float]]) -> Iterator[Text]:
    """Draw the largest shares as bars, the first on the line of the title."""
    best = sorted(shares, key=lambda item: -item[1])[:SHOWN]
    names = [textwrap.shorten(printable(name), WIDEST, placeholder=" …") for name, _ in best]
    width = max(map(len, names))
    for row, (name, (_, share)) in enumerate(zip(names, best, strict=True)):
        line = Text(f"{title if row == 0 else '':<8}", style="dim")
        line.append(f"{name:<{width}}  {share:6.1%}", style="not dim")
        if bar := "█" * round(share * BAR):
            line.append(f" {bar}", style="not dim green" if row == 0 else "dim")
        yield line


def _verdict(result: Result, full_prompts: int, truth: str | None) -> Iterator[Text]:
    if result.label is None:
        leader = printable(result.ranking[0].label)
        headline = Text.assemble(("no label", "bold yellow"), f"  {leader} leads, too weakly")
    else:
        headline = Text(printable(result.label), style="bold green")
    headline.append(f"  posterior {result.posterior:.1%}", style="not bold default")
    if truth is not None:
        right = result.label == truth
        told = "  right" if right else f"  wrong: {printable(truth)}"
        headline.append(told, style="green" if right else "red")
    yield headline
    if result.tied_with:
        others = ", ".join(printable(name) for name in result.tied_with)
        yield Text(f"the rules do not tell it from {others}; the first in the file is named")
    n_asked = len(result.groups_asked)
    questions = f"{n_asked} question{'s' * (n_asked != 1)} and {result.prompts_spent} prompts"
    saved = full_prompts - result.prompts_spent
    yield Text(f"stopped by {result.stop_reason} after {questions}; ", end="").append(
        f"{saved} of full's {full_prompts} saved"
    )
