import torch

from twentyq.study.fitting.prototypes import nearest_prototype


def test_the_nearest_mean_by_angle():
    vectors = torch.tensor([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
    truth = torch.tensor([0, 0, 2])
    seen = torch.tensor([[1.0, 0.1], [0.1, 1.0], [0.9, 0.3]])
    assert nearest_prototype(vectors, truth, seen, 3).tolist() == [0, 2, 0]


def test_a_label_without_pictures_is_never_given():
    away = torch.tensor([[-1.0, 0.0]])
    vectors, truth = torch.tensor([[1.0, 0.0]]), torch.tensor([1])
    assert nearest_prototype(vectors, truth, away, 3).tolist() == [1]
