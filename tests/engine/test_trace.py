import torch

from tests.engine.worlds import NearlyLevel, make_world
from twentyq.engine import Game, parse_stop, play


def test_the_group_asked_leads_its_rivals_even_in_a_crowd_of_near_ties():
    world = make_world(5, n_classes=8, n_groups=9, hard=True)
    game = Game(world.plan, 1.0, policy=NearlyLevel(), stop=parse_stop("questions:1"))
    (only,) = play(game, world.ask, 6, detail="brief").rounds
    first = int(world.plan.informative.nonzero()[0])
    assert only.group.tolist() == [first] * 6
    assert only.rival_groups.shape == (6, 5)
    assert only.rival_groups[:, 0].tolist() == [first] * 6
    assert torch.equal(only.rival_values[:, 0], torch.full((6,), 1 + 1e-15 * first).double())
