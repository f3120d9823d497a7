from __future__ import annotations

import pytest
import torch

from twentyq.encoder.device import Placement, choose_device, choose_dtype
from twentyq.errors import EncoderError

NO_CUDA = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")


@NO_CUDA
@pytest.mark.parametrize("device", ["cuda", "cuda:1"])
def test_cuda_without_a_gpu(device: str) -> None:
    with pytest.raises(EncoderError) as caught:
        choose_device(device)
    assert "this machine has no such device" in str(caught.value)
    assert "allowed: auto, cpu" in str(caught.value)
    assert "pass --device auto" in str(caught.value)


@pytest.mark.parametrize("device", ["", "gpu", "meta", "cpu:x", "cuda:99", "\n"])
def test_other_devices_are_refused(device: str) -> None:
    with pytest.raises(EncoderError, match="this machine has no such device"):
        choose_device(device)


def test_auto_takes_what_is_there() -> None:
    assert choose_device("cpu") == torch.device("cpu")
    there = torch.cuda.is_available() or torch.backends.mps.is_available()
    assert (choose_device("auto").type == "cpu") == (not there)


def test_auto_number_type_is_exact_on_a_cpu_and_half_elsewhere() -> None:
    assert choose_dtype("auto", torch.device("cpu")) is torch.float32
    assert choose_dtype("auto", torch.device("cuda")) is torch.float16
    assert choose_dtype("bfloat16", torch.device("cpu")) is torch.bfloat16


def test_an_unknown_number_type_lists_the_known_ones() -> None:
    with pytest.raises(EncoderError, match="allowed: auto, float32, float16, bfloat16"):
        choose_dtype("int8", torch.device("cpu"))


def test_fractions_are_placed_in_the_number_type_and_whole_numbers_are_not() -> None:
    placement = Placement(torch.device("meta"), torch.bfloat16, 1)
    for given, placed in ((torch.float32, torch.bfloat16), (torch.int64, torch.int64)):
        array = placement.place(torch.ones(3, dtype=given))
        assert (array.device.type, array.dtype) == ("meta", placed)
    mask = torch.tensor([True])
    assert Placement(torch.device("cpu"), torch.float16, 1).place(mask) is mask
