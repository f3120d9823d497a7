"""Where an encoder computes, and with which numbers."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from twentyq.errors import EncoderError, shown

DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an encoder computes, with which numbers, and how many items at a time."""

    device: torch.device
    dtype: torch.dtype
    batch_size: int

    @property
    def dtype_name(self) -> str:
        """The number type's name, as in `--dtype`."""
        return str(self.dtype).removeprefix("torch.")

    def place(self, array: torch.Tensor) -> torch.Tensor:
        """Return an array on the device, fractions in the number type.

        It is cast before it is copied, because a half-precision copy moves half the bytes. With
        CUDA the host does not wait for the copy, and the forward pass is queued behind it.
        """
        array = cast(array, self.dtype)
        if self.device.type == "cuda" and array.device.type == "cpu":
            # From ordinary memory the host would wait for the copy and all that is queued before.
            return array.pin_memory().to(self.device, non_blocking=True)
        return array.to(self.device)


def cast(array: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Return fractions in a number type; whole numbers and masks stay what they are."""
    return array.to(dtype) if array.is_floating_point() else array


def choose_device(device: str) -> torch.device:
    """Return a device that is really there; `auto` takes CUDA, then MPS, then the CPU.

    Raises `EncoderError` for a device that is unknown or absent.
    """
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if device == "auto":
        return torch.device("cuda" if cuda else "mps" if mps else "cpu")
    try:
        chosen = torch.device(device)
    except RuntimeError:
        chosen = None
    there = ["cpu", *(f"cuda:{i}" for i in range(torch.cuda.device_count() if cuda else 0))]
    there += ["mps"] * mps
    if chosen is None or str(chosen) not in {*there, *(name.split(":")[0] for name in there)}:
        raise EncoderError(
            "this machine has no such device",
            where="--device",
            got=shown(device),
            allowed=", ".join(["auto", *there]),
            mend="pass --device auto",
        )
    return chosen


def choose_dtype(dtype: str, device: torch.device) -> torch.dtype:
    """Return the number type of the weights; `auto` is float32 on a CPU and float16 elsewhere.

    float16 rather than bfloat16: its eight times finer steps matter to cosines that differ in the
    third digit, and a model that overflows is noticed, since its vectors are not finite.
    Raises `EncoderError` for an unknown name.
    """
    if dtype == "auto":
        return torch.float32 if device.type == "cpu" else torch.float16
    if dtype not in DTYPES:
        raise EncoderError(
            "no such number type",
            where="--dtype",
            got=shown(dtype),
            allowed=", ".join(["auto", *DTYPES]),
        )
    return DTYPES[dtype]
