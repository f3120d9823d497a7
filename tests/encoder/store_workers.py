"""What each process of the prompt store's tests does; imported in the processes themselves."""

from __future__ import annotations

import hashlib
import itertools
import warnings
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

from tests.encoder.hashing import HashingEncoder
from twentyq.encoder import PromptStore, StoreWarning, embed_prompts

TEXTS = [f"option {i}" for i in range(200)]


def embed_in_steps(path: Path, number: int, start: Barrier, digests: Queue[str]) -> None:
    """Embed ever more prompts with an encoder of its own last bits, and report what came out."""
    warnings.simplefilter("ignore", StoreWarning)
    encoder = HashingEncoder(noise=number / 100)
    start.wait()
    for n_texts in range(8, len(TEXTS) + 1, 16):
        vectors, _ = embed_prompts(encoder, TEXTS[:n_texts], PromptStore(path))
    digests.put(hashlib.sha256(vectors.numpy().tobytes()).hexdigest())


def embed_for_ever(path: Path, start: Barrier) -> None:
    """Write the same prompts, then those of ever new encoders, until killed."""
    start.wait()
    embed_prompts(HashingEncoder(noise=0.5), TEXTS, PromptStore(path))
    for number in itertools.count():
        embed_prompts(HashingEncoder(f"encoder {number}"), TEXTS, PromptStore(path))
