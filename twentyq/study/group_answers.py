"""How good the answers to each group are, whatever comes of them together."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from twentyq.engine import Plan
from twentyq.engine.reading import Reading
from twentyq.study.measures import share
from twentyq.study.paths import Bools, Floats, Ints
from twentyq.study.summary import Group, Share

ALIKE = 1e-9  # rule weights that differ by less are meant to be equal


def read_answers(reading: Reading, similarities: Tensor) -> Tensor:
    """Return the answers to every group; cosines and answers are `(n_images, n_prompts)`."""
    plan = reading.plan
    blocks = [
        reading.answer(group, similarities[:, plan.options_of(group)])
        for group in range(len(plan.groups))
    ]
    return torch.cat(blocks, dim=1)


def group_answers(
    plan: Plan, answers: Tensor, truth: Ints, asked: Ints, bits: Floats
) -> list[Group]:
    """Return each group's accuracy, confusion, and part in adaptive play.

    `answers` are those of full, `(n_images, n_prompts)`, and `truth` the pictures' labels,
    `(n_images,)`. `asked` holds the groups in the order of asking, −1 where nothing was asked, and
    `bits` what each brought, both `(n_images, n_rounds)`.

    The true option of a picture is its class's rule, and the mean of the known rules where several
    classes share its label; pictures whose rule is uniform, which is to say unknown, are not
    judged. An answer is its greatest option. `confusion` counts pictures; one whose rule names
    several options is counted in parts.
    """
    was_asked = asked >= 0
    n_groups = len(plan.groups)
    bits_of = np.bincount(asked[was_asked], weights=bits[was_asked], minlength=n_groups)
    # No group is asked twice of one picture, so that asking counts pictures.
    times = np.bincount(asked[was_asked], minlength=n_groups)
    found = []
    for g, name in enumerate(plan.groups):
        columns = plan.options_of(g)
        given = answers[:, columns].argmax(dim=1).cpu().numpy()
        accuracy, constant, confusion = _judged(_mean_known_rules(plan, columns)[truth], given)
        found.append(
            Group(
                name=name,
                options=list(plan.options[g]),
                accuracy=accuracy,
                constant=constant,
                confusion=confusion.tolist(),
                asked=float(times[g] / len(truth)),
                bits=float(bits_of[g] / times[g]) if times[g] else None,
            )
        )
    return found


def _mean_known_rules(plan: Plan, columns: slice) -> Floats:
    """Return each label's mean known rule in one group, `(n_labels, n_options)`; 0 if unknown."""
    rules = plan.rules[:, columns]
    known = (rules.amax(dim=1) - rules.amin(dim=1) > ALIKE).to(torch.float64)
    total = rules.new_zeros(len(plan.labels), rules.shape[1])
    total.index_add_(0, plan.label_of, rules * known[:, None])
    count = known.new_zeros(len(plan.labels)).index_add_(0, plan.label_of, known)
    mean: Floats = (total / count.clamp(min=1)[:, None]).cpu().numpy()
    return mean


def _judged(rules: Floats, given: Ints) -> tuple[Share | None, float | None, Floats]:
    """Return the share of right answers, that of the best constant one, and the confusion.

    `rules` are the pictures' rules in one group, `(n_images, n_options)`, and `given` their
    answers. Both shares are of the pictures that can be judged, None where there are none.
    """
    judged: Bools = np.any(rules > 0, axis=1)
    confusion: Floats = rules.T @ np.eye(rules.shape[1])[given]
    if not judged.any():
        return None, None, confusion
    likeliest = (rules >= rules.max(axis=1, keepdims=True) - ALIKE)[judged]
    right = np.take_along_axis(likeliest, given[judged, None], axis=1)[:, 0]
    return share(right), float(likeliest.mean(axis=0).max()), confusion
