"""The texts of the training: every wording in every template, embedded once and drawn by index."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from twentyq.errors import TrainingError
from twentyq.training.wordings import PairCaption, WordingGroup, fill

_TEMPLATES_JUDGED = 3
# Shared templates and others a wording stands in: all in all would be too many texts to embed.
_OF_OPTIONS, _OF_NAMES = (5, 3), (3, 1)
Vector = np.ndarray[Any, np.dtype[np.float16]]
Embed = Callable[[Sequence[str]], Tensor]


@dataclass(frozen=True)
class Phrases:
    """Rows of text vectors for each thing that can be said.

    ``rows`` is int64 ``(n_things, n_wordings, n_columns)``; things with fewer wordings repeat
    theirs. The first ``shared`` columns are of one template each, the others of any.
    """

    rows: Tensor
    shared: int

    def draw(self, things: Tensor, generator: torch.Generator) -> Tensor:
        """Draw one row for each thing, half of the time from one template for all."""
        _, n_wordings, n_columns = self.rows.shape
        n, device = len(things), things.device

        def whole(below: int, count: int) -> Tensor:
            return torch.randint(below, (count,), generator=generator, device=device)

        one = bool(torch.rand((), generator=generator, device=device) < 0.5)
        column = whole(self.shared, 1).expand(n) if one else whole(n_columns, n)
        return self.rows[things, whole(n_wordings, n), column]


@dataclass(frozen=True)
class Corpus:
    """The vectors ``(n_texts, 384)`` of all texts, and the rows by which they are drawn.

    ``questions`` holds one table of phrases per attribute group, ``names`` one for the names of
    the drawings. ``pair_rows`` ``(n_pairs,)`` are captions of two attributes, which stand in
    ``pair_attributes`` ``(n_pairs, 2)`` as places in the concatenation of all groups' options.
    """

    vectors: Tensor
    questions: Mapping[str, Phrases]
    names: Phrases
    pair_rows: Tensor
    pair_attributes: Tensor


class _Index:
    def __init__(self) -> None:
        self.rows: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        return self.rows.setdefault(text, len(self.rows))


def compile_texts(
    groups: Mapping[str, WordingGroup],
    names: Sequence[Sequence[str]],
    name_templates: Sequence[str],
    pairs: Sequence[PairCaption],
) -> tuple[tuple[str, ...], dict[str, Phrases], dict[str, Phrases], Phrases, Tensor, Tensor]:
    """Write out every text once.

    Gives the texts, the training wordings and the development wordings of every group, the names,
    and the rows and attributes of the pairs; see :class:`Corpus`.
    """
    index = _Index()
    questions = {
        name: _phrases(index, list(group.options.values()), group.templates, _OF_OPTIONS)
        for name, group in groups.items()
    }
    development = {
        name: _phrases(
            index, list(group.development.values()), group.templates, (_TEMPLATES_JUDGED, 0)
        )
        for name, group in groups.items()
    }
    name_phrases = _phrases(index, names, name_templates, _OF_NAMES)
    place: dict[tuple[str, str], int] = {}
    for name, group in groups.items():
        for option in group.options:
            place[name, option] = len(place)
    pair_rows = torch.tensor([index(pair.text) for pair in pairs], dtype=torch.long)
    pair_attributes = torch.tensor(
        [[place[pair.first], place[pair.second]] for pair in pairs], dtype=torch.long
    )
    return (
        tuple(index.rows),
        questions,
        development,
        name_phrases,
        pair_rows,
        pair_attributes.view(-1, 2),
    )


def _phrases(
    index: _Index,
    things: Sequence[Sequence[str]],
    templates: Sequence[str],
    columns: tuple[int, int],
) -> Phrases:
    """Write each wording in the shared templates, and in some of the others by turns."""
    n_shared, n_others = columns
    shared, others = templates[:n_shared], templates[n_shared:]
    most = max(len(wordings) for wordings in things)

    def spoken_in(thing: int, i: int) -> list[str]:
        turns = range(min(n_others, len(others)))
        first = (7 * thing + 3 * i) % max(1, len(others))
        return [*shared, *(others[(first + turn) % len(others)] for turn in turns)]

    rows = [
        [
            [
                index(fill(template, wordings[i % len(wordings)]))
                for template in spoken_in(thing, i % len(wordings))
            ]
            for i in range(most)
        ]
        for thing, wordings in enumerate(things)
    ]
    return Phrases(torch.tensor(rows, dtype=torch.long), len(shared))


def embed_once(texts: Sequence[str], folder: Path, embed: Embed) -> None:
    """Embed into ``folder`` those texts whose vectors it doesn't hold yet, and drop all others."""
    digest_file, vectors_file, texts_file = (
        folder / name for name in ("texts.sha256", "texts.npy", "texts.json")
    )
    if digest_file.exists() and digest_file.read_text() == _digest(texts):
        return
    known: dict[str, Vector] = {}
    if digest_file.exists():
        held = json.loads(texts_file.read_text("utf-8"))
        known = dict(zip(held, np.load(vectors_file), strict=True))
    new = [text for text in texts if text not in known]
    known |= zip(new, embed(new).half().numpy(), strict=True) if new else ()
    folder.mkdir(parents=True, exist_ok=True)
    digest_file.unlink(missing_ok=True)
    np.save(vectors_file, np.stack([known[text] for text in texts]))
    texts_file.write_text(json.dumps(list(texts), indent=0, ensure_ascii=False), "utf-8")
    digest_file.write_text(_digest(texts))


def read_vectors(folder: Path, texts: Sequence[str]) -> Tensor:
    """Read the vectors ``(n_texts, 384)`` of these texts; raise ``TrainingError`` for others'."""
    digest_file = folder / "texts.sha256"
    if not digest_file.exists() or digest_file.read_text() != _digest(texts):
        raise TrainingError(
            "the vectors on disk are not those of the training's texts",
            where=str(folder),
            mend="run the step that embeds the texts",
        )
    return torch.from_numpy(np.load(folder / "texts.npy")).float()


def _digest(texts: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(list(texts)).encode()).hexdigest()
