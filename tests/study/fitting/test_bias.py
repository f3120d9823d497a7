import torch

from twentyq.study.fitting.bias import STRENGTH, fit_bias


def test_half_of_the_mean_log_answer():
    answers = torch.tensor([[0.5, 0.5], [0.125, 0.875]], dtype=torch.float64)
    expected = STRENGTH * (torch.log(answers[0]) + torch.log(answers[1])) / 2
    assert STRENGTH == 0.5
    assert torch.allclose(fit_bias(answers), expected)


def test_an_answer_of_nothing_gives_a_finite_bias():
    assert torch.isfinite(fit_bias(torch.tensor([[0.0, 1.0]], dtype=torch.float64))).all()
