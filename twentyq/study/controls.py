"""What full would reach if the rules, or the options' texts, meant nothing.

Each control breaks one tie between words and classes, leaves everything else as it is, and asks
how often chance alone does as well. Both here need no new embedding.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from twentyq.engine import Plan
from twentyq.engine.ties import first_largest
from twentyq.study.paths import Bools, Ints
from twentyq.study.resampling import MIDDLE, SEED
from twentyq.study.summary import Control, Estimate

PERMUTATIONS = 200


def full_leader(answers: Tensor, rules: Tensor) -> Tensor:
    """Return the class that full gives each picture, `(n_images,)`.

    `answers` is `(n_images, n_prompts)`, `rules` `(n_classes, n_prompts)`. One matrix product in
    place of the engine's exact sums: scores that should be equal may differ in their last bits.
    """
    return first_largest(answers @ rules.T)


def permuted_rules(
    plan: Plan,
    answers: Tensor,
    truth: Ints,
    right: Bools,
    draws: int = PERMUTATIONS,
    seed: int = SEED,
) -> Control:
    """Return full's accuracy where each class is judged by the rules of a class drawn by lot.

    `answers` are those to all groups, `(n_images, n_prompts)`; `truth` the pictures' labels and
    `right` whether full as it stands gives them, `(n_images,)` both.
    """
    rng = np.random.default_rng(seed)
    scores = answers @ plan.rules.T
    counts = []
    for _ in range(draws):
        owner = torch.from_numpy(rng.permutation(len(plan.classes))).to(plan.device)
        counts.append(count_right(plan, first_largest(scores[:, owner]), truth))
    return control("rules permuted", counts, right)


def permuted_options(
    plan: Plan,
    answers: Tensor,
    truth: Ints,
    right: Bools,
    draws: int = PERMUTATIONS,
    seed: int = SEED,
) -> Control:
    """Return full's accuracy where each group's option texts change places by lot.

    The arguments are those of `permuted_rules`. Every group keeps its set of answers, so that only
    which text stands for which option is lost.
    """
    rng = np.random.default_rng(seed)
    group_of = plan.option_group.cpu().numpy()
    counts = []
    for _ in range(draws):
        # Sorting by group and then by lot shuffles every group's own columns.
        text = torch.from_numpy(np.lexsort((rng.random(len(group_of)), group_of))).to(plan.device)
        # To permute answers one way is to permute rules the other way, and these are fewer.
        rules = plan.rules[:, torch.argsort(text)]
        counts.append(count_right(plan, full_leader(answers, rules), truth))
    return control("options permuted in a group", counts, right)


def control(name: str, counts: list[int], right: Bools) -> Control:
    """Return a null distribution of right pictures, one count a draw, beside what was observed.

    p = (1 + draws that reach it) / (1 + draws), as what was observed is one draw more if the null
    holds (Phipson & Smyth 2010, Permutation p-values should never be zero).
    """
    observed, null = int(np.count_nonzero(right)), np.array(counts)
    low, high = np.quantile(null, MIDDLE) / len(right)
    return Control(
        name=name,
        draws=len(null),
        null=Estimate(value=float(null.mean() / len(right)), low=float(low), high=float(high)),
        observed=observed / len(right),
        p=float((1 + np.count_nonzero(null >= observed)) / (1 + len(null))),
    )


def count_right(plan: Plan, leader: Tensor, truth: Ints) -> int:
    """Return how many pictures get their true label from these classes, `(n_images,)` both."""
    return int(np.count_nonzero(plan.label_of[leader].cpu().numpy() == truth))
