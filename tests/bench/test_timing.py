from collections import Counter

import pytest
import torch

from twentyq.bench.timing import Spread, alternate, ratio, spread


def test_cases_are_run_once_untimed_and_then_once_in_each_round():
    ran = []
    cases = {name: lambda name=name: ran.append(name) for name in "abc"}
    taken = alternate(cases, rounds=20)
    rounds = ["".join(ran[i : i + 3]) for i in range(len(ran) - 60, len(ran), 3)]
    assert {"".join(sorted(order)) for order in rounds} == {"abc"}
    assert len(set(rounds)) == 6  # whatever comes before a case changes
    assert {name: len(seconds) for name, seconds in taken.items()} == dict.fromkeys("abc", 20)
    assert all(second > 0 for seconds in taken.values() for second in seconds)


def test_what_is_too_short_for_the_clock_is_repeated_within_a_round():
    ran = Counter()
    alternate({"short": lambda: ran.update(["short"])}, rounds=1, at_least=0.001)
    assert ran["short"] > 10


def test_a_ratio_is_taken_round_by_round():
    # A load that doubles both cases of a round leaves its ratio as it is.
    assert ratio((2.0, 4.0, 9.0), (1.0, 2.0, 3.0)) == Spread(2.0, 2.0, 3.0)
    assert spread((3.0, 1.0, 2.0)).times(10) == Spread(20.0, 10.0, 30.0)


def test_rounds_of_both_cases_are_paired():
    with pytest.raises(ValueError, match="shorter"):
        ratio((1.0, 2.0), (1.0,))


def test_a_case_ends_when_the_device_has_done_all_it_was_given(monkeypatch):
    ran = []
    monkeypatch.setattr(torch.accelerator, "synchronize", ran.append)
    device = torch.device("meta")
    alternate({"a": lambda: ran.append("case")}, rounds=1, device=device)
    assert ran == [device, "case", "case", device, device, "case", device]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_what_a_gpu_computes_is_timed_and_not_only_its_start():
    matrix = torch.randn(4096, 4096, device="cuda")
    cases = {"one": lambda: matrix @ matrix, "ten": lambda: [matrix @ matrix for _ in range(10)]}
    taken = alternate(cases, rounds=5, device=matrix.device)
    assert ratio(taken["ten"], taken["one"]).median > 5
