import pytest
import torch

from tests.engine.worlds import make_world
from twentyq.engine import Game, parse_stop, play
from twentyq.engine.policies import GivenPolicy


def test_the_first_to_ask_is_of_the_earliest_round_and_there_the_first_of_the_batch():
    world = make_world(5, n_classes=8, n_groups=5, hard=True, n_images=4)
    orders = torch.tensor([[0, 3, 2], [1, 0, 3], [1, 2, 0], [2, 1, -1]])
    game = Game(world.plan, 1.0, policy=GivenPolicy(orders), stop=parse_stop("none"))
    outcome = play(game, world.ask, 4)
    assert [outcome.first_to_ask(group) for group in range(4)] == [0, 1, 3, 0]
    with pytest.raises(IndexError):
        outcome.first_to_ask(4)
