"""The vectors of a run's prompts: embedded when it begins, and the same for all who take part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import torch

from twentyq.batch.whole_file import whole_file
from twentyq.encoder import Encoder, PromptStore, embed_prompts
from twentyq.engine import Plan
from twentyq.errors import StoreError, shown


class RunPrompts(PromptStore):
    """A prompt store that holds what the run began with, and takes nothing more.

    The last bits of a vector depend on the texts it is embedded with, and on what a user's store
    held already; a picture's result must not.
    """

    def __init__(self, path: Path) -> None:
        """Take the file's path; it is read when the first prompt is asked for."""
        super().__init__(path)
        self._vectors: dict[str, torch.Tensor] | None = None

    def read(self, encoder: Encoder, texts: Iterable[str]) -> dict[str, torch.Tensor]:  # noqa: ARG002  # a run has one encoder
        """Return the vectors that are there, each `(d,)` on the CPU."""
        if self._vectors is None:
            with np.load(self.path, allow_pickle=False) as file:
                vectors = torch.from_numpy(file["vectors"])
                self._vectors = dict(zip(file["texts"].tolist(), vectors, strict=True))
        return {text: self._vectors[text] for text in texts if text in self._vectors}

    def add(self, encoder: Encoder, vectors: Mapping[str, torch.Tensor]) -> None:
        """Raise StoreError: every prompt was there from the beginning."""
        raise StoreError(
            "the run began without this prompt",
            where=f"{self.path}, {encoder.name}",
            got=shown(next(iter(vectors))),
            mend="name another folder to begin anew",
        )


def write_prompts(
    path: Path, draft: Path, plan: Plan, encoder: Encoder, store: PromptStore | None
) -> int:
    """Embed all prompts of a plan, or take them from a user's store, and keep them in a file.

    Returns how many were embedded. Raises what `embed_prompts` does, and StoreError for the disk.
    """
    texts = list(dict.fromkeys(prompt for group in plan.prompts for prompt in group))
    vectors, n_embedded = embed_prompts(encoder, texts, store)
    with whole_file(path, draft) as stream:
        np.savez(stream, allow_pickle=False, texts=np.array(texts), vectors=vectors.cpu().numpy())
    return n_embedded
