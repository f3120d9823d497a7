"""How few questions and prompts can find the label, with noise-free answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Least:
    """The least of any strategy; mean and worst case, questions and prompts, each on its own."""

    mean_questions: float
    mean_prompts: float
    worst_questions: int
    worst_prompts: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the label costs at least.

    `bits` is the entropy of the label, as far as it can be told. No strategy has a mean below
    `questions` or `prompts`, the entropy bound; `least` is exact, or None where it was not computed.
    """

    bits: float
    questions: float
    prompts: float
    least: Least | None
