"""What full would reach if its options were random words: the control that needs an encoder.

Random words in a good template have matched good descriptions elsewhere (Roth et al. 2023, Waffling
around for performance: WaffleCLIP), so that a system should be held against them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from string import ascii_lowercase

import numpy as np
import torch
from torch import Tensor

from twentyq.engine import Plan
from twentyq.engine.reading import Reading
from twentyq.study.controls import control, count_right, full_leader
from twentyq.study.group_answers import read_answers
from twentyq.study.paths import Bools, Ints
from twentyq.study.resampling import SEED
from twentyq.study.summary import Control
from twentyq.system.model import System

WORDINGS = 20

Embed = Callable[[Sequence[str]], Tensor]
"""Gives the unit vectors of some texts, `(n_texts, d)`."""


def random_words(
    system: System,
    reading: Reading,
    vectors: Tensor,
    embed: Embed,
    truth: Ints,
    right: Bools,
    draws: int = WORDINGS,
    seed: int = SEED,
) -> Control:
    """Return full's accuracy where every option is made of random letters in words of equal length.

    `vectors` are the pictures' unit vectors, `(n_images, d)`; `truth` their labels and `right`
    whether full as it stands gives them, `(n_images,)` both. Templates, rules and scale stay; a
    prompt bias was fitted to other words and is left out.
    """
    rng = np.random.default_rng(seed)
    plan, unbiased = reading.plan, replace(reading, bias=None)
    pictures = vectors.to(torch.float64)
    counts = []
    for _ in range(draws):
        texts = embed(random_prompts(system, plan, rng)).to(pictures)
        answers = read_answers(unbiased, pictures @ texts.T)
        counts.append(count_right(plan, full_leader(answers, plan.rules), truth))
    return control("random words of equal length", counts, right)


def random_prompts(system: System, plan: Plan, rng: np.random.Generator) -> list[str]:
    """Return a plan's prompts with the letters and digits of each option drawn anew.

    Everything else stays, so that words keep their number and lengths.
    """
    return [
        prompt
        for group, options in zip(system.groups, plan.options, strict=True)
        for prompt in replace(group, options=tuple(_scrambled(o, rng) for o in options)).prompts
    ]


def _scrambled(text: str, rng: np.random.Generator) -> str:
    """Return a text with each letter or digit replaced by a lower-case letter drawn by lot."""
    drawn = rng.choice(list(ascii_lowercase), size=len(text))
    return "".join(
        str(letter) if old.isalnum() else old for old, letter in zip(text, drawn, strict=True)
    )
