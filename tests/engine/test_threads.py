import pytest
import torch

from twentyq.engine.threads import threads


def test_threads_are_as_before_even_after_an_error():
    before = torch.get_num_threads()
    with threads(before + 1):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before
    with pytest.raises(ZeroDivisionError), threads(before + 1):
        _ = 1 / 0
    assert torch.get_num_threads() == before


def test_a_number_that_is_right_already_is_not_touched(monkeypatch):
    before = torch.get_num_threads()
    monkeypatch.setattr(torch, "set_num_threads", pytest.fail)
    with threads(before):
        assert torch.get_num_threads() == before
