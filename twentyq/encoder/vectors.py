"""Vectors of length 1, or a clear word about those that cannot have it."""

from __future__ import annotations

import torch

from twentyq.errors import EncoderError, shown


def unit_rows(vectors: torch.Tensor) -> torch.Tensor:
    """Scale each row to length 1 in float32, `(n, d)`; zero and non-finite rows become NaN."""
    # A row is first divided by its largest entry: its squares could overflow or vanish.
    vectors = vectors.to(torch.float32)
    vectors = vectors / vectors.abs().amax(dim=-1, keepdim=True)
    units = torch.nn.functional.normalize(vectors, dim=-1)
    # What cannot be scaled must be unusable as a whole, not in single entries.
    usable = units.isfinite().all(dim=-1, keepdim=True)
    return units.where(usable, torch.nan)


def unusable_rows(vectors: torch.Tensor) -> list[int]:
    """Return the indices of the rows that are not finite throughout."""
    # One look at a device: `nonzero` would wait for it, and reading the result once more.
    finite = vectors.isfinite().all(dim=-1).cpu()
    return finite.logical_not().nonzero().flatten().tolist()


def unit_images(vectors: torch.Tensor, n_images: int, *, name: str) -> torch.Tensor:
    """Return unit rows, NaN where a picture has no usable vector.

    Raises `EncoderError` where there is not one row for each picture.
    """
    if n_images == 0:
        return vectors
    _require_rows(vectors, n_images, "pictures", name)
    return unit_rows(vectors)


def unit_texts(vectors: torch.Tensor, texts: list[str], *, name: str) -> torch.Tensor:
    """Return unit rows; `EncoderError` names the first text whose vector is zero or not finite."""
    if not texts:
        return vectors
    _require_rows(vectors, len(texts), "texts", name)
    units = unit_rows(vectors)
    if bad := unusable_rows(units):
        raise EncoderError(
            f"the vectors of {len(bad)} of {len(texts)} texts are zero or not finite",
            where=name,
            got=shown(texts[bad[0]]),
            mend="try --dtype float32; if that does not help, the weights are damaged",
        )
    return units


def require_one_width(pictures: int, prompts: int, *, where: str) -> None:
    """Raise `EncoderError` where vectors of pictures and of prompts differ in length."""
    if pictures != prompts:
        raise EncoderError(
            "vectors of pictures and of prompts do not fit together",
            where=where,
            got=f"{pictures} numbers a picture, {prompts} a prompt",
            mend="use the encoder that embedded the pictures",
        )


def _require_rows(vectors: torch.Tensor, n_rows: int, things: str, name: str) -> None:
    if vectors.ndim != 2 or vectors.shape[0] != n_rows or vectors.shape[1] == 0:
        raise EncoderError(
            f"the encoder does not give one vector for each of the {n_rows} {things}",
            where=name,
            got=f"an array of shape {tuple(vectors.shape)}",
            allowed=f"({n_rows}, d)",
        )
