"""From an encoder's vectors to the scores of full mode, by the package's own engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from twentyq.encoder import Encoder, embed_pictures
from twentyq.engine import Plan, full_game, play

BATCH = 64


class Eyes:
    """An encoder that reads every text once."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self._read: dict[str, Tensor] = {}

    def texts(self, texts: Sequence[str]) -> Tensor:
        """Return unit vectors of the texts, `(n_texts, d)` float64."""
        new = [text for text in dict.fromkeys(texts) if text not in self._read]
        # Texts of like length share a batch, so that little of it is padding.
        new.sort(key=len)
        self._read |= zip(new, self.encoder.embed_texts(new).double().cpu(), strict=True)
        return torch.stack([self._read[text] for text in texts])

    def pictures(self, pictures: Iterable[Path | Image.Image]) -> Tensor:
        """Return unit vectors of the pictures, `(n_images, d)` float64.

        Raises PictureError for the first picture that cannot be read.
        """
        batches = []
        for batch in embed_pictures(self.encoder, pictures, batch_size=BATCH):
            for fault in batch.faults.values():
                raise fault
            batches.append(batch.vectors.double().cpu())
        return torch.cat(batches)

    def similarities(self, plan: Plan, images: Tensor) -> Tensor:
        """Return cosines of pictures and all prompts of a plan, `(n_images, n_prompts)`."""
        prompts = [prompt for group in plan.prompts for prompt in group]
        return images @ self.texts(prompts).T

    def scores(self, plan: Plan, similarities: Tensor) -> Tensor:
        """Return each class's score in full mode, `(n_images, n_classes)`, at the learned scale."""
        game = full_game(plan, self.encoder.scale)

        def asked(group: int, rows: Tensor) -> Tensor:
            return similarities[rows, plan.options_of(group)]

        return play(game, asked, len(similarities)).scores
