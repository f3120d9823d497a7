"""Parts of a calibration with the right shapes and random numbers, to apply to a world."""

import numpy as np
import torch

from twentyq.engine.calibration import Calibration, Discriminant, Moments, ReportedProbability


def make_moments(world, target, threshold=1.0, n_pictures=12):
    """Moments of answers drawn at random, as from a few unlabelled pictures."""
    rng = np.random.default_rng(world.plan.n_prompts)
    width = int(world.plan.sizes.max())
    mean = torch.zeros(world.plan.n_prompts, dtype=torch.float64)
    covariance = torch.zeros(world.plan.n_prompts, width, dtype=torch.float64)
    for group, size in enumerate(world.plan.sizes.tolist()):
        answers = rng.dirichlet(np.ones(size) / 2, size=n_pictures)
        columns = world.plan.options_of(group)
        mean[columns] = torch.from_numpy(answers.mean(axis=0))
        covariance[columns, :size] = torch.from_numpy(np.cov(answers.T))
    return Moments(mean, covariance, ((target, threshold),))


def make_confusion(plan, rng):
    """Chances of each answer where each option is true, every row a distribution above 0."""
    width = int(plan.sizes.max())
    confusion = torch.zeros(plan.n_prompts, width, dtype=torch.float64)
    for group, size in enumerate(plan.sizes.tolist()):
        rows = rng.dirichlet(np.ones(size), size=size) + 0.05
        rows /= rows.sum(axis=1, keepdims=True)
        confusion[plan.options_of(group), :size] = torch.from_numpy(rows)
    return confusion


def make_discriminant(plan, rng, has_mean=None):
    """Means for some classes, and a covariance of full rank."""
    n_classes, n_prompts = len(plan.classes), plan.n_prompts
    spread = rng.normal(size=(n_prompts, 2 * n_prompts))
    return Discriminant(
        center=torch.from_numpy(rng.normal(size=n_prompts)),
        means=torch.from_numpy(rng.normal(size=(n_classes, n_prompts))),
        has_mean=torch.from_numpy(rng.random(n_classes) < 0.6) if has_mean is None else has_mean,
        covariance=torch.from_numpy(spread @ spread.T / n_prompts),
    )


PARTS = ("scale", "bias", "noise", "weights", "confusion", "discriminant", "probability", "moments")


def make_calibration(world, parts=PARTS, seed=0):
    """A calibration with some parts, all random."""
    rng = np.random.default_rng(seed)
    plan = world.plan
    n_groups = len(plan.groups)
    whole = {
        "scale": float(rng.uniform(1, 30)),
        "bias": torch.from_numpy(rng.normal(size=plan.n_prompts)),
        "noise": torch.from_numpy(rng.uniform(size=n_groups)),
        "weights": torch.from_numpy(rng.uniform(0.2, 2, size=n_groups)),
        "confusion": make_confusion(plan, rng),
        "discriminant": make_discriminant(plan, rng),
        "probability": ReportedProbability(float(rng.uniform(0.2, 2)), float(rng.uniform(0, 1))),
        "moments": make_moments(world, 0.9),
    }
    return Calibration(**{name: whole[name] for name in parts})


def permute_calibration(calibration, before, after):
    """The same calibration for a plan with groups, options and classes in another order."""
    groups = [before.groups.index(name) for name in after.groups]
    classes = [before.classes.index(name) for name in after.classes]
    within = [
        [before.options[old].index(option) for option in after.options[new]]
        for new, old in enumerate(groups)
    ]
    columns = [
        before.first_option[old] + k
        for old, order in zip(groups, within, strict=True)
        for k in order
    ]

    def blocks(array):
        moved = array[columns]
        for new, order in enumerate(within):
            rows = after.options_of(new)
            moved[rows, : len(order)] = moved[rows][:, order]
        return moved

    gaussian, moments = calibration.discriminant, calibration.moments
    return Calibration(
        scale=calibration.scale,
        bias=calibration.bias[columns],
        noise=calibration.noise[groups],
        weights=calibration.weights[groups],
        confusion=None if calibration.confusion is None else blocks(calibration.confusion),
        discriminant=Discriminant(
            gaussian.center[columns],
            gaussian.means[classes][:, columns],
            gaussian.has_mean[classes],
            gaussian.covariance[columns][:, columns],
        ),
        probability=calibration.probability,
        moments=Moments(
            moments.mean[columns],
            blocks(moments.covariance),
            moments.thresholds,
        ),
    )
