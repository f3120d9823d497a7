import pytest
import torch

from twentyq.training import colours
from twentyq.training.chance import Chance
from twentyq.training.recolour import change, degrade, outlined, slope, tint, turn_hue


@pytest.fixture
def chance() -> Chance:
    return Chance(torch.Generator().manual_seed(1), torch.device("cpu"))


def test_turning_the_hue_keeps_gray_and_changes_colours(chance):
    gray = torch.full((8, 3, 2, 2), 0.4)
    assert torch.allclose(turn_hue(gray, chance), gray, atol=1e-5)
    red = torch.tensor([0.7, 0.3, 0.3])[None, :, None, None].expand(8, -1, 2, 2)
    turned = turn_hue(red, chance)
    assert torch.allclose(turned.mean(1), red.mean(1), atol=1e-5), "as light as before"
    assert float((turned - red).abs().amax((1, 2, 3)).min()) > 0.05


def test_a_tint_has_the_named_colour_in_light_and_dark(chance):
    ramp = torch.linspace(0.3, 0.7, 16).expand(60, 3, 16, 16)
    painted = tint(ramp, torch.zeros(60, dtype=torch.bool), chance)
    shares = colours.shares(painted.flatten(2).transpose(1, 2), torch.ones(60, 256))
    assert len(set(shares.argmax(1).tolist())) > 6
    assert (painted[:, :, :, -1] >= painted[:, :, :, 0]).all(), "light stays light"


def test_a_drawing_in_one_colour_is_painted_evenly_but_for_a_slope(chance):
    black = torch.zeros(20, 3, 16, 16)
    painted = tint(black, torch.ones(20, dtype=torch.bool), chance)
    assert float(painted.mean((1, 2, 3)).max()) > 0.5, "not black any more"
    assert float((painted.amax((2, 3)) - painted.amin((2, 3))).max()) <= 0.51


def test_an_outline_is_black_and_two_pixels_wide():
    sprite = torch.zeros(1, 4, 16, 16)
    sprite[:, :, 6:10, 6:10] = 1
    drawn = outlined(sprite)
    assert drawn[0, 3].sum() == 8 * 8
    assert drawn[0, :3].sum() == 3 * 4 * 4, "colour inside alone"


def test_a_slope_is_around_one_and_no_deeper_than_its_strength(chance):
    light = slope(torch.zeros(50, 3, 9, 9), chance, 0.3)
    assert light.shape == (50, 1, 9, 9)
    assert torch.allclose(light.mean((2, 3)), torch.ones(50, 1), atol=1e-5)
    assert float((light - 1).abs().max()) <= 0.3 * 2**0.5


def test_degrading_changes_many_pictures_and_not_all(chance):
    pictures = torch.rand(64, 3, 16, 16, generator=torch.Generator().manual_seed(2))
    changed = (degrade(pictures.clone(), chance) - pictures).abs().amax((1, 2, 3)) > 1e-3
    assert 40 < int(changed.sum()) < 64


def test_change_touches_only_the_rows_that_are_told():
    images = torch.zeros(4, 1)
    told = torch.tensor([True, False, True, False])
    change(images, told, lambda part, rows: part + rows[:, None] + 1)
    assert images[:, 0].tolist() == [1, 0, 3, 0]
    change(images, torch.zeros(4, dtype=torch.bool), lambda part, rows: part + 9)
    assert images[:, 0].tolist() == [1, 0, 3, 0]
