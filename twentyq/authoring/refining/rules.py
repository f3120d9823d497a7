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
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from twentyq.authoring.refining.pool import Pool, Standing, score_loss
from twentyq.authoring.refining.proposing import Candidate, Change
from twentyq.authoring.refining.splitting import Part
from twentyq.engine.plan import Plan, compile_plan
from twentyq.study.fitting.validation import split_folds
from twentyq.system import MAX_BYTES, Rule, System, dump_system

NAME = "rules"
FOLDS = 4
SHRINKAGES = (0.0, 2.0, 8.0, 32.0)
SHARPNESSES = (0.1, 0.2, 0.4)
RIDGE = 0.1
"""Added to M, in mean variances of an answer."""
NOISE = 1.0
"""What of d a class's rule does not explain, in the regression that gives e."""
STEPS = 200
UNITS = 1000
"""Weights are written in thousandths."""
SMALLEST = 0.2
"""Of a uniform weight: what is smaller says little and fills the file."""


@dataclass(frozen=True, slots=True)
class Strength:
    """How rules are learned: κ, and how far weights spread about uniform, which gives λ."""

    shrinkage: float
    sharpness: float


@dataclass(frozen=True, slots=True, eq=False)
class RuleProposer:
    """Proposes rules learned from the pictures to train on, shrunk towards those of `written`."""

    written: System
    name: str = NAME

    def coordinates(self, system: System) -> tuple[str, ...]:
        """Return one coordinate: the rules of all groups are learned together."""
        return ("",) if system.groups else ()

    def propose(self, pool: Pool, now: Standing, coordinate: str) -> list[Candidate]:
        """Return the system with its rules learned, none where it has them already.

        How strongly is chosen in cross-validation on the pictures to train on. Rules that would not
        fit into a file are not proposed.
        """
        return self._learned(pool, now.system, coordinate, (Part.TRAIN,))

    def refit(self, pool: Pool, system: System) -> list[Candidate]:
        """Return the system with its rules learned from train and validation together.

        That is to be done when validation has nothing more to accept: twice the pictures teach
        more, and only pictures to test on can still judge.
        """
        return self._learned(pool, system, "", (Part.TRAIN, Part.VALIDATION))

    def _learned(
        self, pool: Pool, system: System, coordinate: str, parts: tuple[Part, ...]
    ) -> list[Candidate]:
        written = replace(system, rules=_written_for(self.written, system))
        plan = compile_plan(written, classes=pool.plan.classes)
        truth = torch.cat([pool.truth[pool.rows(part)] for part in parts])
        answers = torch.cat(
            [
                torch.cat([pool.answers(group, part) for group in system.groups], dim=1)
                for part in parts
            ]
        )
        strength = choose_strength(plan, answers, truth)
        rules = as_rules(plan, readable(plan, learn_rules(plan, answers, truth, strength)))
        learned = replace(system, rules=rules)
        if learned == system or len(dump_system(learned).encode()) > MAX_BYTES:
            return []
        after = (
            f"learned from {len(truth)} pictures, shrinkage {strength.shrinkage:g}, "
            f"sharpness {strength.sharpness:g}"
        )
        return [Candidate(Change(self.name, coordinate, "as they stood", after), learned)]


def choose_strength(plan: Plan, answers: Tensor, truth: Tensor) -> Strength:
    """Return the strength of least log loss in cross-validation; arguments as in `learn_rules`.

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


def readable(plan: Plan, rules: Tensor) -> Tensor:
    """Return rules `(n_classes, n_prompts)` in whole thousandths, without their smallest weights.

    What rounding leaves over goes to the largest weight of the group.
    """
    uniform = (1 / plan.sizes.double())[plan.option_group]
    units = torch.where(rules < SMALLEST * uniform, 0, rules)
    units = (units / _group_sums(plan, units) * UNITS).round()
    rest = UNITS - torch.stack([units[:, plan.options_of(g)].sum(1) for g in _groups(plan)], dim=1)
    largest = torch.stack(
        [units[:, plan.options_of(g)].argmax(1) + plan.first_option[g] for g in _groups(plan)],
        dim=1,
    )
    whole: Tensor = units.scatter_add(1, largest, rest)
    return whole / UNITS


def as_rules(plan: Plan, rules: Tensor) -> dict[str, dict[str, Rule]]:
    """Return rules `(n_classes, n_prompts)` as a system holds them, by class and group."""
    return {
        name: {
            group: {
                option: weight
                for option, weight in zip(plan.options[g], row[plan.options_of(g)], strict=True)
                if weight > 0
            }
            for g, group in enumerate(plan.groups)
        }
        for name, row in zip(plan.classes, rules.tolist(), strict=True)
    }


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
        return weights - _group_sums(self.plan, weights) / sizes

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


def _written_for(written: System, now: System) -> dict[str, dict[str, Rule]]:
    """Return the written rules in the words of the system of the moment, option for option.

    A group whose options are not those of the written one has its own rules.
    """
    first = {group.name: group.options for group in written.groups}
    found: dict[str, dict[str, Rule]] = {name: {} for name in now.classes}
    for group in now.groups:
        options = first.get(group.name, ())
        source = written if len(options) == len(group.options) else now
        renamed = dict(zip(options, group.options, strict=True)) if source is written else {}
        for name in now.classes:
            if (rule := source.rules[name].get(group.name)) is not None:
                found[name][group.name] = {renamed.get(o, o): w for o, w in rule.items()}
    return found


def _group_sums(plan: Plan, weights: Tensor) -> Tensor:
    """Return each option's sum over its group, both `(n_classes, n_prompts)`."""
    sums = weights.new_zeros(len(weights), len(plan.groups))
    return sums.index_add_(1, plan.option_group, weights)[:, plan.option_group]


def _groups(plan: Plan) -> range:
    return range(len(plan.groups))
