"""Time per picture of full and adaptive beside the encoder alone, as ratios in one run.

    python benchmarks/time_per_picture.py examples --system pokemon

One batch of 64 decoded pictures, repeated in turn so that a noisy machine troubles all alike. Cold
has no prompt embedded yet and no store; warm has them all. The median of the rounds is printed,
with the smallest and largest.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from itertools import cycle, islice
from statistics import median

from twentyq.classifier import Classifier
from twentyq.cli.sources import find_pictures
from twentyq.encoder import load_encoder, open_picture

BATCH = 64


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures")
    parser.add_argument("--system", default="animals")
    parser.add_argument("--encoder", default="builtin")
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()

    encoder = load_encoder(given.encoder)
    found = [open_picture(path) for path in find_pictures([given.pictures])]
    pictures = list(islice(cycle(found), BATCH))

    def cold(mode: str) -> Callable[[], object]:
        return lambda: Classifier(given.system, encoder, mode=mode).classify(pictures)

    def warm(mode: str) -> Callable[[], object]:
        classifier = Classifier(given.system, encoder, mode=mode)
        return lambda: classifier.classify(pictures)

    cases = {
        "encoder alone": lambda: encoder.embed_images(pictures),
        "full, cold": cold("full"),
        "full, warm": warm("full"),
        "adaptive, cold": cold("adaptive"),
        "adaptive, warm": warm("adaptive"),
    }
    for case in cases.values():
        case()
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(given.rounds):
        for name, case in cases.items():
            start = time.perf_counter()
            case()
            seconds[name].append(time.perf_counter() - start)

    base = median(seconds["encoder alone"])
    print(f"{'':<16}{'ms a picture':>14}{'ratio':>8}{'smallest':>10}{'largest':>9}")
    for name, taken in seconds.items():
        ratios = [middle / base for middle in (median(taken), min(taken), max(taken))]
        print(
            f"{name:<16}{1000 * median(taken) / BATCH:>14.2f}"
            f"{ratios[0]:>8.3f}{ratios[1]:>10.3f}{ratios[2]:>9.3f}"
        )


if __name__ == "__main__":
    main()
