"""What went wrong with which pictures, group by group, in words for a language model."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from twentyq.authoring.refining.pool import Pool, Standing
from twentyq.authoring.refining.splitting import Part
from twentyq.engine.plan import compile_plan
from twentyq.study.fitting.confusion import label_rules
from twentyq.system import AttributeGroup

MOST_PICTURES = 6
MOST_OPTIONS = 4
SMALLEST = 0.01  # a share that is not worth a word
Record = dict[str, str | dict[str, str]]


def blame(pool: Pool, now: Standing, group: AttributeGroup) -> Tensor:
    """Return how much more a group says for the label given than for the true one, `(n_train,)`.

    0 for pictures that are named rightly; in units of the score, so that groups compare.
    """
    answers, rules = _answers_and_rules(pool, now, group)
    truth = pool.truth[pool.rows(Part.TRAIN)]
    return (answers * (rules[now.label] - rules[truth])).sum(dim=1)


def records(
    pool: Pool, now: Standing, group: AttributeGroup, batch: Sequence[int], refused: str | None
) -> list[Record]:
    """Return what a model should know to word a group better.

    First what pictures are answered on average, option by option; then the pictures of `batch`,
    numbers among those to train on, of which the group is most to blame. `refused` says why an
    earlier wording of the group could not be used.
    """
    answers, rules = _answers_and_rules(pool, now, group)
    truth = pool.truth[pool.rows(Part.TRAIN)]
    weights = rules[truth]
    means = (weights.T @ answers) / weights.sum(dim=0).clamp(min=1e-9)[:, None]
    told: list[Record] = [
        {
            "Mean answers of pictures, by the option that their class should be answered with": {
                option: _shares(group, mean)
                for option, mean, total in zip(
                    group.options, means, weights.sum(dim=0), strict=True
                )
                if total > 0
            }
        }
    ]
    if refused is not None:
        told.append({"An earlier wording of yours could not be used": refused})
    chosen = torch.tensor(batch, dtype=torch.int64)
    blamed = blame(pool, now, group)[chosen]
    worst = chosen[blamed.argsort(descending=True, stable=True)[:MOST_PICTURES]]
    told.extend(
        {
            "Inputs": f"a picture of {pool.plan.labels[truth[i]]}, "
            f"to be answered {_shares(group, rules[truth[i]])}",
            "Generated Outputs": f"it was answered {_shares(group, answers[i])}",
            "Feedback": f"the picture was taken for {pool.plan.labels[now.label[i]]}, "
            f"to be answered {_shares(group, rules[now.label[i]])}",
        }
        for i in worst.tolist()
        if not now.right[i]
    )
    return told


def _answers_and_rules(pool: Pool, now: Standing, group: AttributeGroup) -> tuple[Tensor, Tensor]:
    """Return answers `(n_train, n_options)`, and the mean rule of each label's classes."""
    answers = pool.answers(group, Part.TRAIN)
    plan = compile_plan(now.system, classes=pool.plan.classes)
    return answers, label_rules(plan)[:, plan.options_of(plan.groups.index(group.name))]


def _shares(group: AttributeGroup, distribution: Tensor) -> str:
    shares, options = distribution.topk(min(MOST_OPTIONS, len(group.options)))
    return ", ".join(
        f"{group.options[k]} {share:.2f}"
        for share, k in zip(shares.tolist(), options.tolist(), strict=True)
        if share >= SMALLEST
    )
