from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.authoring.refining.worlds import draw_world
from twentyq.authoring.refining.pool import score_loss
from twentyq.authoring.refining.splitting import Part
from twentyq.engine import compile_plan, full_game, kept_similarities, play
from twentyq.study.fitting.evidence import log_loss


@pytest.fixture
def world():
    return draw_world(noise=1.0, known=False)


def played(pool, system, part):
    """What the engine's own full play says of a part, from every cosine at once."""
    plan = compile_plan(system)
    prompts = pool.encoder.embed_texts([text for group in plan.prompts for text in group]).double()
    cosines = pool.vectors[pool.rows(part)] @ prompts.T
    outcome = play(full_game(plan, pool.scale), kept_similarities(plan, cosines), len(cosines))
    return plan.label_of[outcome.leader], outcome.scores


def test_a_standing_is_what_full_play_gives(world):
    pool, system = world
    for part in Part:
        now = pool.stand(system, part)
        label, scores = played(pool, system, part)
        assert torch.equal(now.label, label)
        assert torch.equal(now.scores, scores)
        assert torch.equal(now.right, label == pool.truth[pool.rows(part)])
        assert now.n_right == int(now.right.sum())


def test_what_is_near_gives_the_same_bits_as_what_is_anew(world):
    pool, system = world
    group = system.groups[1]
    changed = [
        replace(system, groups=system.groups[1:]),
        replace(system, groups=(replace(group, prompt="another {}"), *system.groups[2:])),
        replace(system, rules={**system.rules, "c0": {"g0": {"o1": 0.25, "o2": 0.75}}}),
    ]
    near = pool.stand(system, Part.TRAIN)
    for other in changed:
        ours, anew = pool.stand(other, Part.TRAIN, near=near), pool.stand(other, Part.TRAIN)
        assert torch.equal(ours.scores, anew.scores)
        assert torch.equal(ours.loss, anew.loss)
        back = pool.stand(system, Part.TRAIN, near=ours)
        assert torch.equal(back.scores, near.scores)


def test_a_group_that_is_as_it_was_costs_nothing(world):
    pool, system = world
    near = pool.stand(system, Part.TRAIN)
    other = replace(system, groups=(replace(system.groups[0], prompt="{}?"), *system.groups[1:]))
    changed = pool.stand(other, Part.TRAIN, near=near)
    same = [changed.blocks[name] is near.blocks[name] for name in near.blocks]
    assert same == [False, True, True, True]


def test_every_prompt_is_embedded_once_and_a_system_s_together(world):
    pool, system = world
    pool.embed([system, system])
    assert len(pool.encoder.asked) == system.n_prompts
    for part in Part:
        pool.stand(system, part)
    assert len(pool.encoder.asked) == system.n_prompts


def test_classes_that_share_a_label_are_right_together():
    pool, system = draw_world(noise=0.3)
    shared = replace(system, labels={"c1": "c0"})
    plan = compile_plan(shared)
    truth = torch.tensor([plan.labels.index(shared.label_of(f"c{c}")) for c in pool.truth])
    merged = replace(pool, plan=plan, truth=truth)
    assert merged.stand(shared, Part.TEST).n_right >= pool.stand(system, Part.TEST).n_right
    loss = merged.stand(shared, Part.TEST).loss
    assert torch.isfinite(loss).all()


def test_the_loss_is_that_of_the_best_of_all_multiples():
    pool, system = draw_world(noise=1.0)
    now = pool.stand(system, Part.TRAIN)
    truth = pool.truth[pool.rows(Part.TRAIN)]
    by_hand = [
        float(log_loss(pool.plan, torch.softmax(2.0**log_beta * now.scores, dim=1), truth).mean())
        for log_beta in np.arange(-4, 14, 0.05)
    ]
    assert now.log_loss == pytest.approx(min(by_hand), abs=1e-4)
    assert float(score_loss(pool.plan, 0.01 * now.scores, truth).mean()) == pytest.approx(
        now.log_loss, abs=1e-3
    )


def test_scores_that_are_always_wrong_lose_hardly_more_than_chance(world):
    pool, system = world
    truth = pool.truth[pool.rows(Part.TRAIN)]
    wrong = torch.zeros(len(truth), len(system.classes), dtype=torch.float64)
    wrong[torch.arange(len(truth)), truth] = -1.0
    loss = float(score_loss(pool.plan, wrong, truth).mean())
    # The flattest β is 1 / 16, at which the true class weighs exp(−1 / 16).
    chance = np.log(len(system.classes))
    assert chance < loss < chance + 1 / 16
