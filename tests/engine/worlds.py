"""Random small systems with the traits that break engines, and similarities to play them on."""

from dataclasses import dataclass

import numpy as np
import torch

from twentyq.engine.plan import Plan, compile_plan
from twentyq.system.model import AttributeGroup, System


@dataclass(frozen=True)
class World:
    system: System
    plan: Plan
    similarities: torch.Tensor  # (n_images, n_prompts) float64

    def ask(self, group, rows):
        return self.similarities[rows][:, self.plan.options_of(group)]


@dataclass(frozen=True)
class NearlyLevel:
    """A policy whose values differ in their last bits alone, rising along the file."""

    name: str = "nearly-level"

    def value(self, plan, channel, state):
        groups = torch.arange(len(plan.groups), dtype=torch.float64, device=plan.device)
        rising = 1 + 1e-15 * groups
        return rising.expand(len(state.picture), -1)


def rng_system(rng, *, n_classes=None, n_groups=None, hard=False, labels=False, prior=False):
    """Draw a system: one-option, shared, weighted and unknown rules, and copies of classes."""
    n_classes = n_classes or int(rng.integers(2, 9))
    n_groups = n_groups or int(rng.integers(1, 6))
    groups = tuple(
        AttributeGroup(
            f"g{g}", f"{g} is {{}}", tuple(f"o{g}.{k}" for k in range(rng.integers(2, 6)))
        )
        for g in range(n_groups)
    )
    names = tuple(f"c{c}" for c in range(n_classes))
    rules = {}
    for c, name in enumerate(names):
        if c and rng.random() < 0.2:  # a tie set
            rules[name] = rules[names[rng.integers(c)]]
            continue
        rules[name] = {
            g.name: rule for g in groups if (rule := _rule(rng, g.options, hard)) is not None
        }
    return System(
        name="random",
        groups=groups,
        classes=names,
        rules=rules,
        labels={n: f"l{rng.integers(3)}" for n in names if rng.random() < 0.5} if labels else {},
        prior={n: float(rng.uniform(0.1, 5)) for n in names} if prior else {},
    )


def _rule(rng, options, hard):
    kind = 0.0 if hard else rng.random()
    if kind < 0.5:
        return {options[rng.integers(len(options))]: 1.0}
    if kind < 0.65:
        chosen = rng.choice(len(options), size=2, replace=False)
        return {options[k]: 0.5 for k in sorted(chosen)}
    if kind < 0.85:
        weights = rng.choice([1, 2, 3, 7], size=len(options))
        return {o: float(w / weights.sum()) for o, w in zip(options, weights, strict=True)}
    return None


def rng_similarities(rng, n_images, n_prompts):
    """Draw cosines: some ordinary, some so far apart that answers saturate, some all alike."""
    spread = rng.choice([0.01, 0.1, 1.0, 40.0], size=(n_images, 1))
    values = rng.normal(size=(n_images, n_prompts)) * spread
    values[rng.random((n_images, n_prompts)) < 0.1] = 0.0
    values[rng.random(n_images) < 0.1] = 0.25
    return torch.from_numpy(values)


def make_world(seed, n_images=6, **traits):
    rng = np.random.default_rng(seed)
    system = rng_system(rng, **traits)
    plan = compile_plan(system)
    return World(system, plan, rng_similarities(rng, n_images, plan.n_prompts))


def article_scores(system, similarities, scale):
    """The article's pseudo-code, rewritten plainly in float64, for one picture.

    It differs where the article's code is silent: a rule may name several options with weights,
    and an unknown rule adds 1/K instead of 0.
    """
    probabilities, column = {}, 0
    for group in system.groups:
        logits = [scale * float(similarities[column + k]) for k in range(len(group.options))]
        column += len(group.options)
        powers = [np.exp(logit - max(logits)) for logit in logits]
        probabilities[group.name] = dict(
            zip(group.options, [p / sum(powers) for p in powers], strict=True)
        )
    scores = {}
    for name in system.classes:
        score = 0.0
        for group in system.groups:
            rule = system.rules[name].get(group.name)
            if rule is None:
                score += 1 / len(group.options)
            else:
                score += sum(w * probabilities[group.name][o] for o, w in rule.items())
        scores[name] = score
    return scores


def article_label(system, similarities, scale):
    """The label the article's pseudo-code returns, and its margin over the next label."""
    scores = article_scores(system, similarities, scale)
    best = max(scores, key=scores.get)
    label = system.label_of(best)
    others = [s for name, s in scores.items() if system.label_of(name) != label]
    return label, (scores[best] - max(others)) if others else np.inf


def tie_sets(plan):
    """The sets of two or more classes that a plan says are alike, in the file's order."""
    members = {}
    for name, tie in zip(plan.classes, plan.tie_of.tolist(), strict=True):
        members.setdefault(tie, []).append(name)
    return tuple(tuple(names) for names in members.values() if len(names) > 1)


def permute(world, random):
    """Return the same world with groups, their options and classes in another order."""
    groups, classes = list(world.system.groups), list(world.system.classes)
    random.shuffle(groups)
    random.shuffle(classes)
    columns, shuffled = [], []
    for group in groups:
        options = list(group.options)
        random.shuffle(options)
        start = world.plan.first_option[world.system.groups.index(group)]
        columns += [start + group.options.index(option) for option in options]
        shuffled.append(AttributeGroup(group.name, group.prompt, tuple(options)))
    system = System(
        "s", tuple(shuffled), tuple(classes), world.system.rules, prior=world.system.prior
    )
    return World(system, compile_plan(system), world.similarities[:, columns])


def without_near_ties(outcome):
    """Return the pictures for which every choice, leader and stop at 0.6 was clear."""
    unclear = set()

    def require(rows, gaps):
        unclear.update(rows[gaps.abs() < 1e-9].tolist())

    for item in outcome.rounds:
        require(item.rows, item.best_posteriors[:, 0] - item.best_posteriors[:, 1])
        if item.rival_values.shape[1] > 1:
            require(item.rows, item.rival_values[:, 0] - item.rival_values[:, 1])
        require(item.rows, item.outcome_posterior - 0.6)
    return [i for i in range(len(outcome.leader)) if i not in unclear]
