"""What an encoder costs: milliseconds for one picture and one prompt, and the size of its file."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from twentyq.encoder import Encoder
from twentyq.engine.threads import threads

WARM_UP, ROUNDS = 5, 40


@dataclass(frozen=True, slots=True)
class Cost:
    """Median CPU milliseconds on one thread, preprocessing included, and megabytes of weights."""

    picture_ms: float
    prompt_ms: float
    megabytes: float


def measure_cost(encoder: Encoder, folder: Path, picture: Image.Image) -> Cost:
    """Time the encoder on single pictures and prompts, and weigh the weights in its folder."""
    prompts = [f"It looks like the {i}th animal of the list." for i in range(ROUNDS + WARM_UP)]
    with threads(1):
        picture_ms = _median_ms(lambda _: encoder.embed_images([picture]))
        prompt_ms = _median_ms(lambda i: encoder.embed_texts([prompts[i]]))
    weights = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    return Cost(picture_ms, prompt_ms, weights / 1e6)


def _median_ms(call: Callable[[int], object]) -> float:
    taken = []
    for i in range(WARM_UP + ROUNDS):
        # The thread's own time: other work on the machine must not count as the encoder's.
        start = time.thread_time()
        call(i)
        taken.append(1000 * (time.thread_time() - start))
    return statistics.median(taken[WARM_UP:])
