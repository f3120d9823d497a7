"""The prompts of each group as vectors, embedded when the group is first asked."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from twentyq.encoder.protocol import Encoder
from twentyq.encoder.store import PromptStore, embed_prompts


class PromptTable:
    """The vectors of groups of prompts; a group that nobody asks is never embedded."""

    def __init__(
        self,
        encoder: Encoder,
        prompts: Sequence[Sequence[str]],
        store: PromptStore | None,
        device: torch.device,
    ) -> None:
        """Take the prompts of each group, and the device of the engine."""
        self._encoder = encoder
        self._prompts = prompts
        self._store = store
        self._device = device
        self._known: dict[int, torch.Tensor] = {}

    @property
    def resident(self) -> frozenset[int]:
        """The groups whose vectors lie on the engine's device: nothing is embedded for them."""
        return frozenset(self._known)

    def vectors(self, group: int) -> tuple[torch.Tensor, int]:
        """Return a group's unit vectors `(n_options, d)` float64, and the prompts embedded now.

        Raises what `embed_prompts` does.
        """
        n_embedded = 0
        if group not in self._known:
            texts = list(self._prompts[group])
            vectors, n_embedded = embed_prompts(self._encoder, texts, self._store)
            self._known[group] = vectors.to(self._device, torch.float64)
        return self._known[group], n_embedded


def notice_of_cut(encoder: Encoder, prompts: Sequence[str]) -> str | None:
    """Return a sentence where prompts are longer than the encoder reads, and None otherwise."""
    limit = encoder.context_length
    if limit is None:
        return None
    lengths = encoder.count_tokens(list(prompts))
    cut = [prompt for prompt, length in zip(prompts, lengths, strict=True) if length > limit]
    if not cut:
        return None
    return (
        f"{len(cut)} of {len(prompts)} prompts are longer than the {limit} tokens this encoder "
        f"reads, and lose their end; the first is {cut[0]!r}."
    )
