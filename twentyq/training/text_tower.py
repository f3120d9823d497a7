"""The text tower: all-MiniLM-L6-v2, frozen, its mean pooling rebuilt as an attention layer."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from torch import Tensor
from transformers import BertConfig, BertModel, BertTokenizer

WIDTH = 384
_LONGEST = 40
# Layer norm over a vector this much larger than the residual stream leaves only the pooled part.
_LOUD = 100.0


def load(folder: Path) -> tuple[BertModel, BertTokenizer]:
    """Load the six published layers and add the pooling layer.

    ``VisionTextDualEncoderModel`` reads the first position; the mean over all positions, which
    the published weights were trained for, is what attention without queries and keys computes.
    """
    published = BertModel.from_pretrained(folder, add_pooling_layer=False)
    config = BertConfig.from_pretrained(folder)
    pooling = config.num_hidden_layers
    config.num_hidden_layers = pooling + 1
    model = BertModel(config)
    state = model.state_dict()
    state.update(published.state_dict())
    layer = f"encoder.layer.{pooling}."
    for key, value in state.items():
        if key.startswith(layer):
            state[key] = torch.full_like(value, float(key.endswith("LayerNorm.weight")))
    identity = torch.eye(WIDTH)
    state[f"{layer}attention.self.value.weight"] = identity
    state[f"{layer}attention.output.dense.weight"] = identity * _LOUD
    state["pooler.dense.weight"] = identity
    state["pooler.dense.bias"] = torch.zeros(WIDTH)
    model.load_state_dict(state)
    model.train(False)
    return model, BertTokenizer.from_pretrained(folder)


@torch.no_grad()
def pooled(
    model: BertModel, tokenizer: BertTokenizer, texts: Sequence[str], batch_size: int = 256
) -> Tensor:
    """Embed texts up to the pooling layer, ``(n_texts, 384)``: what the trained head starts on."""
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    vectors = torch.empty(len(texts), WIDTH)
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        batch = tokenizer(
            [texts[i] for i in rows],
            padding=True,
            truncation=True,
            max_length=_LONGEST,
            return_tensors="pt",
        ).to(model.device)
        vectors[rows] = model(**batch).last_hidden_state[:, 0].float().cpu()
    return vectors


def kept_tokens(tokenizer: BertTokenizer, texts: Iterable[str], frequent: int) -> list[int]:
    """Choose the vocabulary to ship: the most frequent Latin tokens and all that the texts use.

    The published vocabulary is ordered by frequency after its special tokens and characters.
    Keeping only the words of the captions was measured to harm every other text.
    """
    vocabulary: dict[str, int] = tokenizer.get_vocab()
    latin = 0x250
    used = {token for row in tokenizer(list(texts))["input_ids"] for token in row}
    kept = {
        index
        for word, index in vocabulary.items()
        if index < frequent
        and not word.startswith("[unused")
        and all(ord(letter) < latin for letter in word)
    }
    return sorted(kept | used | set(tokenizer.all_special_ids))


def prune(model: BertModel, kept: Sequence[int]) -> None:
    """Keep only the word embeddings of the tokens kept, in their order."""
    words = model.embeddings.word_embeddings.weight.detach()[list(kept)]
    model.resize_token_embeddings(len(kept))
    with torch.no_grad():
        model.embeddings.word_embeddings.weight.copy_(words)
    model.config.pad_token_id = 0
