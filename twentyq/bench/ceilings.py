"""What no encoder can outrun on its device: itself on resident pixels, their copy, its matrix rate.

Throughput is told as a part of each. Operations are counted by torch: those of matrix products,
convolutions and attention.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from twentyq.bench.timing import Case, Seconds, Spread, ratio
from twentyq.encoder import Encoder, Picture, PreparingEncoder, open_picture
from twentyq.encoder.preparing import stack_pixels

RESIDENT, COPY, MATMUL = CEILINGS = ("resident", "copy", "matmul")
CASES = (RESIDENT, "encoder", "full", "adaptive warm")

# Large enough for the full rate, and a few milliseconds on either.
SIDE_ON_CPU, SIDE_ELSEWHERE, QUICK_SIDE = 1024, 8192, 256


@dataclass(frozen=True, slots=True)
class Ceilings:
    """Cases that bound an encoder's throughput.

    cases     resident: the encoder alone, on prepared pixels that lie on its device;
              copy: the same bytes from pinned memory to a CUDA device;
              matmul: a matrix product in the number type that the encoder takes
    pictures  how many pictures each case is worth; `matmul` as many as take as many operations
    notes     what could not be had, a sentence each
    """

    cases: Mapping[str, Case]
    pictures: Mapping[str, float]
    notes: tuple[str, ...]


def ceilings(encoder: Encoder, pictures: Sequence[Picture], *, quick: bool) -> Ceilings:
    """Return the cases for one batch of pictures; without any if the encoder prepares inside."""
    if not isinstance(encoder, PreparingEncoder):
        return Ceilings({}, {}, ("This encoder prepares pictures in its own code: no ceilings.",))
    pixels = stack_pixels([encoder.preparation(open_picture(picture)) for picture in pictures])
    resident = {name: array.to(encoder.device) for name, array in pixels.items()}
    dtype = next(array.dtype for array in resident.values() if array.is_floating_point())
    usual = SIDE_ON_CPU if encoder.device.type == "cpu" else SIDE_ELSEWHERE
    side = QUICK_SIDE if quick else usual
    # Not all alike: on equal numbers a GPU draws less power, and runs faster than on others.
    matrix = torch.randn(side, side, dtype=dtype, device=encoder.device)

    def embed() -> object:
        return encoder.embed_prepared(resident)

    count = len(pictures)
    cases: dict[str, Case] = {RESIDENT: embed, MATMUL: lambda: torch.mm(matrix, matrix)}
    worth = {RESIDENT: count, MATMUL: 2 * side**3 * count / count_operations(embed)}
    if encoder.device.type != "cuda":
        note = "No pixels are copied to a CUDA device here: no part of the rate of that copy."
        return Ceilings(cases, worth, (note,))
    pinned = {name: array.pin_memory() for name, array in pixels.items()}

    def copy() -> None:
        for name, array in pinned.items():
            resident[name].copy_(array, non_blocking=True)

    return Ceilings({**cases, COPY: copy}, {**worth, COPY: count}, ())


def count_operations(embed: Callable[[], object]) -> int:
    """Return the floating-point operations of matrix products, convolutions and attention."""
    counter: Any = FlopCounterMode(display=False)  # its methods have no types
    # Written as matrix products, attention is counted on any device.
    with sdpa_kernel(SDPBackend.MATH), counter:
        embed()
    return int(counter.get_total_flops())


def parts(a_picture: Mapping[str, Seconds]) -> dict[str, dict[str, Spread]]:
    """Return what part of each ceiling's throughput each case reaches, of seconds a picture."""
    return {
        case: {
            ceiling: ratio(a_picture[ceiling], a_picture[case])
            for ceiling in CEILINGS
            if ceiling in a_picture and ceiling != case
        }
        for case in CASES
        if RESIDENT in a_picture
    }
