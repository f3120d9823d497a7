import pytest
import torch

from twentyq.training.placing import Pose, paste, warp


def one(value: float) -> torch.Tensor:
    return torch.tensor([float(value)])


def test_warp_places_a_square_where_the_pose_says():
    pose = Pose(one(0.5), one(1), one(0), one(0.25), one(0.75), one(1))
    placed = warp(torch.ones(1, 1, 64, 64), pose, 64)[0, 0]
    rows, columns = torch.where(placed > 0.5)
    assert rows.min() >= 31
    assert rows.max() == 63
    assert columns.min() == 0
    assert columns.max() <= 32
    assert float(placed.sum()) == pytest.approx(32 * 32, rel=0.05)


def test_paste_covers_by_alpha():
    sprite = torch.cat([torch.ones(1, 3, 8, 8), torch.full((1, 1, 8, 8), 0.25)], 1)
    pose = Pose(one(2), one(1), one(0), one(0.5), one(0.5), one(1))
    over = paste(torch.zeros(1, 3, 16, 16), sprite, pose)
    assert torch.allclose(over, torch.full_like(over, 0.25), atol=1e-5)
