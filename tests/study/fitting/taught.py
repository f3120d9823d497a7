"""Pictures drawn so that what a calibration should learn of them is known."""

from dataclasses import dataclass

import numpy as np
import torch

from twentyq.engine.plan import Plan, compile_plan
from twentyq.system.model import AttributeGroup, System


@dataclass(frozen=True)
class Taught:
    plan: Plan
    similarities: torch.Tensor
    truth: torch.Tensor
    vectors: torch.Tensor


def draw_system(rng, n_classes=8, n_groups=6, n_options=4):
    groups = tuple(
        AttributeGroup(f"g{g}", f"{g} is {{}}", tuple(f"o{g}.{k}" for k in range(n_options)))
        for g in range(n_groups)
    )
    classes = tuple(f"c{c}" for c in range(n_classes))
    rules = {
        c: {g.name: {g.options[rng.integers(n_options)]: 1.0} for g in groups} for c in classes
    }
    return System(name="taught", groups=groups, classes=classes, rules=rules)


def draw_pictures(seed=0, each=20, signal=1.0, noise=1.0, bias=0.0, system=None):
    """Cosines that speak for the true option by `signal`, with noise and a bias of each prompt."""
    rng = np.random.default_rng(seed)
    plan = compile_plan(system or draw_system(rng))
    n_labels = len(plan.labels)
    truth = np.repeat(np.arange(n_labels), each)
    rules = plan.rules.numpy()[truth]
    own = rng.normal(size=plan.n_prompts) * bias
    cosines = signal * rules + noise * rng.normal(size=rules.shape) + own
    return Taught(
        plan, torch.from_numpy(cosines), torch.from_numpy(truth), torch.from_numpy(cosines)
    )
