"""Rules learned anew from the answers of labelled pictures.

Full adds up Σ_k a(k) R(c, k) over groups. What R is best, if it must be a distribution over each
group's options? That which least squares would take to tell the class from the others, held to
distributions:

    R(c) = argmin ½ (R − u)ᵀ M (R − u) − λ (R − u)ᵀ d(c)

over all groups at once. u is uniform, d(c) how the answers of the class's pictures differ from
those of all, and M the second moment about u of the answers of all pictures: what the encoder
answers whatever it is shown counts in M and not in d, and groups that repeat each other share what
they say. Of few pictures d(c) is mostly chance. It is shrunk towards what the written rule makes
expect, (n · d(c) + κ · e(c)) / (n + κ), where e(c) is found from the classes whose written rules
are alike, by regressing d on the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from twentyq.authoring.refining.pool import score_loss
from twentyq.engine.plan import Plan
from twentyq.study.fitting.validation import split_folds

FOLDS = 4
SHRINKAGES = (0.0, 2.0, 8.0, 32.0)
SHARPNESSES = (0.1, 0.2, 0.4)
RIDGE = 0.1
"""Added to M, in mean variances of an answer."""
NOISE = 1.0
"""What of d a class's rule does not explain, in the regression that gives e."""
STEPS = 200


@dataclass(frozen=True, slots=True)
class Strength:
    """How rules are learned: κ, and how far weights spread about uniform, which gives λ."""

    shrinkage: float
    sharpness: float


def choose_strength(plan: Plan, answers: Tensor, truth: Tensor) -> Strength:
    """Return the strength of least log loss in cross-validation; arguments as in `learn_rules`.

    There must be a picture for each of the `FOLDS`.
    κ is chosen first, with weights that are not yet held to distributions: it does not depend on
    their spread, and a linear system is solved in no time.
    """
    folds = split_folds(truth, FOLDS)
    taught = [(answers[folds != fold], truth[folds != fold]) for fold in range(FOLDS)]
    unseen = [(answers[folds == fold], truth[folds == fold]) for fold in range(FOLDS)]
    shrinkage = _least(
        {
            kappa: [_Problem.of(plan, *some, kappa).unheld() for some in taught]
            for kappa in SHRINKAGES
        },
        plan,
        unseen,
    )
    problems = [_Problem.of(plan, *some, shrinkage) for some in taught]
    sharpness = _least(
        {spread: [problem.held(spread) for problem in problems] for spread in SHARPNESSES},
        plan,
        unseen,
    )
    return Strength(shrinkage, sharpness)


def learn_rules(plan: Plan, answers: Tensor, truth: Tensor, strength: Strength) -> Tensor:
    """Return learned rules, `(n_classes, n_prompts)`, each group's block a distribution.

    `plan` holds the written rules; `answers` is `(n_images, n_prompts)` and `truth` indexes labels.
    A class without pictures of its own, or whose label others share, gets what its written rule
    makes expect.
    """
    return _Problem.of(plan, answers, truth, strength.shrinkage).held(strength.sharpness)


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """What is to be minimised: `moment` is M `(Q, Q)`, `shift` the shrunk d `(N, Q)`."""

    plan: Plan
    uniform: Tensor
    moment: Tensor
    shift: Tensor

    @classmethod
    def of(cls, plan: Plan, answers: Tensor, truth: Tensor, shrinkage: float) -> _Problem:
        uniform = (1 / plan.sizes.to(answers))[plan.option_group]
        mean = answers.mean(dim=0)
        about = answers - uniform
        ridge = RIDGE * (answers - mean).square().mean()
        moment = about.T @ about / len(about) + ridge * torch.eye(len(mean), dtype=mean.dtype)
        counts, shift = _shifts(plan, answers - mean, truth)
        expected = _expected(plan, counts, shift)
        n = counts[:, None]
        # A class without pictures has nothing but what is expected of it, however little that is.
        shrunk = (n * shift + shrinkage * expected) / (n + shrinkage).clamp(min=1)
        return cls(plan, uniform, moment, torch.where(n > 0, shrunk, expected))

    def unheld(self) -> Tensor:
        """Return what least squares gives where weights need not be distributions."""
        weights: Tensor = torch.linalg.solve(self.moment, self.shift, left=False)
        sizes = self.plan.sizes[self.plan.option_group]
        return weights - group_sums(self.plan, weights) / sizes

    def held(self, sharpness: float) -> Tensor:
        """Return the minimum, by projected gradients with momentum (Beck & Teboulle 2009)."""
        spread = self.unheld().std().clamp(min=torch.finfo(torch.float64).tiny)
        aim = sharpness / spread * self.shift + self.uniform @ self.moment
        step = 1 / torch.linalg.eigvalsh(self.moment)[-1]
        found = ahead = self.uniform.expand_as(self.shift)
        speed = 1.0
        for _ in range(STEPS):
            before = found
            found = to_distributions(self.plan, ahead - step * (ahead @ self.moment - aim))
            faster = (1 + (1 + 4 * speed**2) ** 0.5) / 2
            ahead = found + (speed - 1) / faster * (found - before)
            speed = faster
        return found


def to_distributions(plan: Plan, weights: Tensor) -> Tensor:
    """Return the nearest distribution over each group's options, both `(n_classes, n_prompts)`.

    The projection on a simplex takes one number off all weights and cuts at 0 (Duchi et al. 2008).
    """
    size = int(plan.sizes.max())
    place = torch.arange(plan.n_prompts) - torch.tensor(plan.first_option)[plan.option_group]
    wide = weights.new_full((len(weights), len(plan.groups), size), -torch.inf)
    wide[:, plan.option_group, place] = weights
    falling = wide.sort(dim=2, descending=True).values
    rank = torch.arange(1, size + 1)
    over = (falling.cumsum(dim=2) - 1) / rank
    n_kept = (falling > over).sum(dim=2, keepdim=True)
    taken = over.gather(2, n_kept - 1)[:, :, 0]
    return (weights - taken[:, plan.option_group]).clamp(min=0)


def _shifts(plan: Plan, centred: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """Return how many pictures are each class's own `(N,)`, and their mean `(N, Q)`."""
    counts = torch.bincount(truth, minlength=len(plan.labels)).to(centred)
    sums = centred.new_zeros(len(plan.labels), centred.shape[1]).index_add_(0, truth, centred)
    means = sums / counts.clamp(min=1)[:, None]
    # Nobody knows of which class a picture is whose label several classes share.
    alone = torch.bincount(plan.label_of)[plan.label_of] == 1
    return counts[plan.label_of] * alone, means[plan.label_of] * alone[:, None]


def _expected(plan: Plan, counts: Tensor, shift: Tensor) -> Tensor:
    """Return e, the regression of d on the written rules over classes with pictures, `(N, Q)`."""
    told = plan.rules - plan.rules.mean(dim=0)
    alike = told @ told.T
    alike = alike / alike.diagonal().mean().clamp(min=torch.finfo(alike.dtype).tiny)
    taught = counts > 0
    among = alike[taught][:, taught] + NOISE * torch.eye(int(taught.sum()), dtype=alike.dtype)
    of_taught: Tensor = torch.linalg.solve(among, shift[taught])
    return alike[:, taught] @ of_taught


def _least(
    rules: Mapping[float, list[Tensor]], plan: Plan, unseen: list[tuple[Tensor, Tensor]]
) -> float:
    """Return the key whose rules, one for each fold, have the least log loss on unseen pictures."""
    loss = {
        key: torch.cat(
            [
                score_loss(plan, answers @ fitted.T, truth)
                for fitted, (answers, truth) in zip(of_folds, unseen, strict=True)
            ]
        ).mean()
        for key, of_folds in rules.items()
    }
    return min(loss, key=lambda key: float(loss[key]))


def group_sums(plan: Plan, weights: Tensor) -> Tensor:
    """Return each option's sum over its group, both `(n_classes, n_prompts)`."""
    sums = weights.new_zeros(len(weights), len(plan.groups))
    return sums.index_add_(1, plan.option_group, weights)[:, plan.option_group]
