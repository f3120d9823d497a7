import math

import numpy as np
import pytest
import torch

from twentyq.engine import compile_plan, learn_order
from twentyq.system.model import AttributeGroup, System


@pytest.fixture
def labelled():
    """Two groups answer truly, one at random, and one tells nothing."""
    rng = np.random.default_rng(0)
    sizes = {"noisy": 4, "dear": 6, "cheap": 3, "idle": 2}
    groups = tuple(
        AttributeGroup(name, "{}", tuple(f"{name}{k}" for k in range(size)))
        for name, size in sizes.items()
    )
    names = tuple(f"c{c}" for c in range(6))
    pick = {
        "noisy": lambda c: c % 4,
        "dear": lambda c: c,
        "cheap": lambda c: c % 3,
        "idle": lambda c: 0,
    }
    rules = {
        name: {g.name: {g.options[pick[g.name](c)]: 1.0} for g in groups}
        for c, name in enumerate(names)
    }
    plan = compile_plan(System("s", groups, names, rules))
    truth = torch.from_numpy(rng.integers(0, 6, size=60))
    cosines = torch.from_numpy(rng.normal(size=(60, plan.n_prompts)))
    for name in ("dear", "cheap"):
        g = plan.groups.index(name)
        right = plan.rules[truth][:, plan.options_of(g)]
        cosines[:, plan.options_of(g)] += 4 * right
    return plan, cosines, truth


def test_the_order_takes_the_largest_fall_of_log_loss_per_prompt(labelled):
    plan, cosines, truth = labelled
    order = learn_order(plan, cosines, truth, 1.0)
    assert order[:2] == ("cheap", "dear")
    assert set(order) == {"cheap", "dear", "noisy"}


def test_each_step_is_the_best_of_a_plain_search(labelled):
    plan, cosines, truth = labelled
    order = [plan.groups.index(name) for name in learn_order(plan, cosines, truth, 1.0)]
    for taken in range(len(order)):
        base = plain_loss(plan, cosines, truth, order[:taken])
        left = [g for g in range(3) if g not in order[:taken]]
        drops = {
            g: (base - plain_loss(plan, cosines, truth, [*order[:taken], g])) / len(plan.options[g])
            for g in left
        }
        assert drops[order[taken]] == pytest.approx(max(drops.values()), abs=1e-9)


def plain_loss(plan, cosines, truth, asked):
    losses = []
    for row, true in zip(cosines.tolist(), truth.tolist(), strict=True):
        logs = []
        for c in range(len(plan.classes)):
            log_l = 0.0
            for g in asked:
                block = range(plan.first_option[g], plan.first_option[g + 1])
                powers = [math.exp(row[q]) for q in block]
                mean = sum(
                    p * float(plan.rules[c, q]) for p, q in zip(powers, block, strict=True)
                ) / sum(powers)
                log_l += math.log(0.98 * mean + 0.02 / len(block))
            logs.append(log_l / (1 + 0.1 * max(0, len(asked) - 1)))
        losses.append(-logs[true] + math.log(sum(math.exp(x) for x in logs)))
    return sum(losses) / len(losses)
