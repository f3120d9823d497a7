import torch

from twentyq.training import colours


def test_each_reference_colour_is_itself():
    pixels = colours.reference()[:, None].expand(-1, 5, -1)
    shares = colours.shares(pixels, torch.ones(13, 5))
    assert torch.equal(shares.argmax(1), torch.arange(13))
    assert torch.allclose(shares.sum(1), torch.ones(13))


def test_lab_of_known_colours():
    # White, black and sRGB red in CIE L*a*b* (D65), L lightened as documented.
    lab = colours.to_lab(torch.tensor([[1.0, 1, 1], [0, 0, 0], [1, 0, 0]]))
    expected = torch.tensor([[55.0, 0, 0], [0, 0, 0], [53.24 * 0.55, 80.09, 67.20]])
    assert torch.allclose(lab, expected, atol=0.1)


def test_shares_follow_the_weights_and_count_black_less():
    white, black = colours.reference()[0], colours.reference()[1]
    pixels = torch.stack([white, black])[None]
    shares = colours.shares(pixels, torch.tensor([[1.0, 1.0]]))
    assert torch.allclose(shares[0, :2], torch.tensor([1 / 1.6, 0.6 / 1.6]))
    alone = colours.shares(pixels, torch.tensor([[1.0, 0.0]]))
    assert float(alone[0, 0]) == 1.0


def test_no_weight_at_all_is_uniform():
    shares = colours.shares(torch.zeros(1, 4, 3), torch.zeros(1, 4))
    assert torch.allclose(shares, torch.full((1, 13), 1 / 13))
