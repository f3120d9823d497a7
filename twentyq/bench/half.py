"""What half precision in the encoder changes: how often full's label stays, and how far cosines go.

The same weights are loaded in each number type; the engine counts in float64 after any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from twentyq.encoder import Encoder, Picture, embed_pictures
from twentyq.engine import compile_plan, full_game, kept_similarities, play
from twentyq.errors import EncoderError, PictureError
from twentyq.study.measures import share_of
from twentyq.study.summary import Share
from twentyq.system import System

EXACT, HALVES = "float32", ("bfloat16", "float16")


@dataclass(frozen=True, slots=True)
class Agreement:
    """An encoder in half precision beside itself in float32.

    dtype       its number type
    equal       of all pictures, those with the same label in full mode, with Wilson's interval of
                95 %; a picture without a vector in half precision is not among them
    difference  the largest difference of a cosine of a picture and a prompt
    """

    dtype: str
    equal: Share
    difference: float


def measure_half(
    system: System,
    load: Callable[[str], Encoder],
    pictures: Sequence[Picture],
    batch_size: int,
) -> tuple[tuple[Agreement, ...], tuple[str, ...]]:
    """Return the agreements and, a sentence each, number types in which the encoder does not run.

    `load` takes a number type as in `--dtype`. Raises PictureError for a picture that has no vector
    in float32, and EncoderError where float32 does not run.
    """
    # By default a CUDA device convolves float32 with 10 bits of the fraction.
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        exact = _see(system, load(EXACT), pictures, batch_size)
    for _, fault in sorted(exact.faults.items()):
        raise fault
    agreements, notes = [], []
    for dtype in HALVES:
        try:
            half = _see(system, load(dtype), pictures, batch_size)
        except EncoderError as fault:
            notes.append(f"The encoder does not run in {dtype} here: {fault.got or fault.what}.")
            continue
        equal = int((half.labels == exact.labels).sum())
        apart = (half.cosines - exact.cosines).abs().nan_to_num(0.0).max().item()
        agreements.append(Agreement(dtype, share_of(equal, len(pictures)), apart))
    return tuple(agreements), tuple(notes)


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What one encoder makes of all pictures.

    labels   (n_images,) the places of full's labels, −1 without a vector
    cosines  (n_images, n_prompts) float64, NaN without a vector
    faults   what is wrong with pictures without one, by their numbers
    """

    labels: Tensor
    cosines: Tensor
    faults: dict[int, PictureError]


def _see(system: System, encoder: Encoder, pictures: Sequence[Picture], batch_size: int) -> _Seen:
    plan = compile_plan(system)
    game = full_game(plan, encoder.scale)
    prompts = encoder.embed_texts([prompt for group in plan.prompts for prompt in group])
    prompts = prompts.cpu().double()
    seen = _Seen(
        labels=torch.full((len(pictures),), -1),
        cosines=torch.full((len(pictures), plan.n_prompts), torch.nan, dtype=torch.float64),
        faults={},
    )
    for batch in embed_pictures(encoder, pictures, batch_size=batch_size, crop=system.crop):
        rows = torch.tensor(batch.usable, dtype=torch.int64) + batch.first
        if len(rows):
            cosines = batch.vectors.cpu().double() @ prompts.T
            outcome = play(game, kept_similarities(plan, cosines), len(rows))
            seen.labels[rows] = plan.label_of[outcome.leader]
            seen.cosines[rows] = cosines
        seen.faults.update({batch.first + i: fault for i, fault in batch.faults.items()})
    return seen
