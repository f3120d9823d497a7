import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.calibrated import PARTS, make_calibration
from tests.engine.worlds import make_world
from twentyq.engine import Game, play
from twentyq.engine.policies import StaticPolicy
from twentyq.engine.stopping import Never
from twentyq.study.fitting.evidence import draw_subsets, gather, log_loss, mean_loss


@given(st.integers(0, 10**6), st.sets(st.sampled_from(PARTS)))
def test_it_is_what_play_believes_after_the_same_groups(seed, parts):
    world = make_world(seed, labels=True)
    calibration = make_calibration(world, sorted(parts), seed)
    plan = world.plan
    subsets = draw_subsets(plan, seed)
    game = Game(plan, 3.0, stop=Never(), calibration=calibration)
    evidence = gather(game.reading, world.similarities, subsets)
    for subset, believed, m in zip(subsets, evidence.believed, evidence.n_informative, strict=True):
        names = tuple(plan.groups[g] for g in subset.nonzero()[:, 0].tolist())
        if not names:
            continue
        order = Game(plan, 3.0, policy=StaticPolicy(names), stop=Never(), calibration=calibration)
        played = play(order, world.ask, len(believed))
        stated = game.reading.posterior(believed, m.expand(len(believed)))
        assert torch.allclose(stated, played.posterior, atol=1e-9)


@given(st.integers(0, 10**6))
def test_subsets_are_of_groups_worth_asking_and_the_last_is_all(seed):
    plan = make_world(seed).plan
    subsets = draw_subsets(plan, seed)
    assert torch.equal(subsets[-1], plan.informative)
    assert not (subsets & ~plan.informative).any()
    depths = subsets.sum(dim=1)
    assert (depths.diff() > 0).all()


def test_log_loss_is_of_the_label_not_of_a_class():
    plan = make_world(12, n_classes=6, labels=True).plan
    probability = torch.softmax(torch.arange(6, dtype=torch.float64), 0)[None]
    mass = probability[0, plan.label_of == 0].sum()
    assert float(log_loss(plan, probability, torch.tensor([0]))) == pytest.approx(
        -float(mass.log())
    )
    assert torch.isfinite(log_loss(plan, torch.zeros_like(probability), torch.tensor([0]))).all()


def test_mean_loss_is_the_mean_over_subsets_and_pictures():
    world = make_world(7, n_images=5)
    plan = world.plan
    reading = Game(plan, 3.0).reading
    evidence = gather(reading, world.similarities, draw_subsets(plan, 0))
    truth = torch.arange(5) % len(plan.labels)
    losses = [
        log_loss(plan, reading.posterior(believed, m.expand(5)), truth)
        for believed, m in zip(evidence.believed, evidence.n_informative, strict=True)
    ]
    found = mean_loss(plan, evidence, truth, redundancy=reading.settings.redundancy)
    assert float(found) == pytest.approx(float(torch.stack(losses).mean()))
