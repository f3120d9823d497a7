"""A model without the parts that compute nothing.

A small model can be written as a larger one of transformers holds it: with squeeze-and-excitation
gates that are always open, batch norms after convolutions, or a mean over tokens in the guise of
an attention layer. Such parts are found by their weights and replaced by what they compute, so
that the vectors stay the same but for the last bits and cost less.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

if TYPE_CHECKING:
    from transformers.models.bert.modeling_bert import BertLayer

# From here on a sigmoid is 1 in float32.
_OPEN = 20.0


def make_lean(model: nn.Module) -> None:
    """Replace, in place, what a model in inference computes for nothing."""
    # Importing transformers takes longer than everything else that is done without an encoder.
    from transformers import BertModel, EfficientNetModel
    from transformers.models.bert.modeling_bert import BertLayer

    for part in list(model.modules()):
        if isinstance(part, EfficientNetModel):
            _fold_norms(part)
            # The layout in which depthwise convolutions are fastest.
            part.to(memory_format=torch.channels_last)  # type: ignore[call-arg]  # not in torch's types
        elif isinstance(part, BertModel):
            layers = part.encoder.layer
            for i, layer in enumerate(layers):
                if isinstance(layer, BertLayer) and _is_mean(layer):
                    layers[i] = _MeanOverTokens(layer)


def _fold_norms(model: Any) -> None:
    # Any: transformers' parts are attributes without types.
    pairs = [(model.embeddings, "convolution", "batchnorm"), (model.encoder, "top_conv", "top_bn")]
    for block in model.encoder.blocks:
        if block.expand:
            pairs.append((block.expansion, "expand_conv", "expand_bn"))
        pairs.append((block.depthwise_conv, "depthwise_conv", "depthwise_norm"))
        pairs.append((block.projection, "project_conv", "project_bn"))
        gate = block.squeeze_excite.expand
        if not gate.weight.any() and bool((gate.bias >= _OPEN).all()):
            block.squeeze_excite = nn.Identity()
    for parent, convolution, norm in pairs:
        fused = fuse_conv_bn_eval(getattr(parent, convolution), getattr(parent, norm))
        setattr(parent, convolution, fused.requires_grad_(False))
        setattr(parent, norm, nn.Identity())


def _is_mean(layer: BertLayer) -> bool:
    """Tell whether a layer attends to all tokens alike and has nothing after its attention."""
    attention, after = layer.attention.self, layer.output.dense
    silent = (attention.query, attention.key, after)
    return not any(bool(part.weight.any() or part.bias.any()) for part in silent)


class _MeanOverTokens(nn.Module):
    """What a layer without queries, keys and feed-forward part computes."""

    def __init__(self, layer: BertLayer) -> None:
        super().__init__()
        self.value = layer.attention.self.value
        self.attended = layer.attention.output
        self.norm = layer.output.LayerNorm

    def forward(
        self, hidden_states: Tensor, attention_mask: Tensor | None = None, *_: object, **__: object
    ) -> Tensor:
        """Add to each token the mean of those that are read, `(n_texts, n_tokens, width)`."""
        if attention_mask is None:
            mean = hidden_states.mean(dim=1, keepdim=True)
        else:
            read = _is_read(attention_mask)[:, :, None].to(hidden_states.dtype)
            mean = (hidden_states * read).sum(dim=1, keepdim=True) / read.sum(dim=1, keepdim=True)
        result: Tensor = self.norm(self.attended(self.value(mean), hidden_states))
        return result


def _is_read(mask: Tensor) -> Tensor:
    """Return which tokens a mask `(n_texts, 1, n_tokens, n_tokens)` lets be read, `(n, n_tokens)`.

    True or 0 lets a token be read, False or a large negative number does not.
    """
    row = mask[:, 0, 0]
    return row if row.dtype == torch.bool else row == 0
