import pytest
import torch

from twentyq.bench.drawn import (
    Size,
    draw_pictures,
    draw_plan,
    draw_posterior,
    draw_vectors,
)
from twentyq.encoder import open_picture
from twentyq.engine import compile_plan
from twentyq.system.model import AttributeGroup, System

SIZE = Size(classes=30, groups=6, options=4, batch=5)


def test_a_drawn_plan_is_what_its_text_compiles_to():
    plan = draw_plan(SIZE)
    rules = {
        name: {
            group: {options[int(plan.rules[c, plan.options_of(g)].argmax())]: 1.0}
            for g, (group, options) in enumerate(zip(plan.groups, plan.options, strict=True))
        }
        for c, name in enumerate(plan.classes)
    }
    groups = tuple(
        AttributeGroup(name, f"{name}: {{}}", options)
        for name, options in zip(plan.groups, plan.options, strict=True)
    )
    compiled = compile_plan(System("drawn", groups, plan.classes, rules))
    for name in ("classes", "labels", "groups", "options", "prompts", "first_option", "first_rule"):
        assert getattr(plan, name) == getattr(compiled, name)
    for name in ("rules", "sizes", "option_group", "informative", "label_of", "log_prior"):
        assert torch.equal(getattr(plan, name), getattr(compiled, name)), name
    # Distinct rules may stand in another order, as long as every class finds its own.
    for mine in (plan, compiled):
        for g in range(SIZE.groups):
            found = mine.rules_of(g)[mine.spread(g)]
            assert torch.equal(found, mine.rules[:, mine.options_of(g)])
    alike = plan.tie_of[:, None] == plan.tie_of
    assert torch.equal(alike, compiled.tie_of[:, None] == compiled.tie_of)


def test_everything_is_drawn_from_its_seed():
    assert torch.equal(draw_plan(SIZE).rules, draw_plan(SIZE).rules)
    assert draw_pictures(2) == draw_pictures(2)
    assert draw_pictures(2) != draw_pictures(2, seed=1)
    assert not torch.equal(draw_vectors(3, 4, seed=1), draw_vectors(3, 4, seed=2))


def test_pictures_are_files_that_open():
    first, second = (open_picture(file) for file in draw_pictures(2))
    assert first.size == second.size == (320, 320)
    assert first.tobytes() != second.tobytes()


def test_beliefs_sum_to_one_and_vectors_have_length_one():
    assert draw_posterior(SIZE).sum(dim=1).tolist() == pytest.approx([1.0] * 5)
    assert draw_vectors(3, 8, seed=0).norm(dim=1).tolist() == pytest.approx([1.0] * 3)
