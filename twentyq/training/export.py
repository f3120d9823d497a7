"""The trained towers as one folder in the format of any hub model."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import (
    BertModel,
    BertTokenizer,
    CLIPImageProcessor,
    PreTrainedTokenizerFast,
    VisionTextDualEncoderConfig,
    VisionTextDualEncoderModel,
    VisionTextDualEncoderProcessor,
)
from transformers.image_utils import PILImageResampling

from twentyq.training import text_tower
from twentyq.training.image_tower import MEAN, STD, to_transformers
from twentyq.training.model import EMBEDDING, DualEncoder
from twentyq.training.views import SIZE

FREQUENT_TOKENS = 15_500
_LONGEST = 64


def export(
    model: DualEncoder,
    text_model: BertModel,
    tokenizer: BertTokenizer,
    texts: Sequence[str],
    folder: Path,
) -> None:
    """Write model (float16), pruned tokenizer and processor to ``folder``.

    ``texts`` are those whose tokens must be kept whatever their frequency.
    """
    kept = text_tower.kept_tokens(tokenizer, texts, FREQUENT_TOKENS)
    text_tower.prune(text_model, kept)
    assert text_model.pooler is not None
    with torch.no_grad():
        text_model.pooler.dense.weight.copy_(model.pooler.weight)
        text_model.pooler.dense.bias.copy_(model.pooler.bias)
    vision_model = to_transformers(model.image, SIZE)
    config = VisionTextDualEncoderConfig.from_vision_text_configs(
        vision_model.config,
        text_model.config,
        projection_dim=EMBEDDING,
        logit_scale_init_value=float(model.scale().detach().log()),
    )
    dual = VisionTextDualEncoderModel(config, vision_model, text_model)
    with torch.no_grad():
        dual.visual_projection.weight.copy_(model.visual_projection.weight)
        dual.text_projection.weight.copy_(model.text_projection.weight)
    folder.mkdir(parents=True, exist_ok=True)
    dual.train(False)
    dual.half()  # type: ignore[no-untyped-call]  # transformers gives it no types
    dual.save_pretrained(folder)
    pictures = CLIPImageProcessor(
        size={"height": SIZE, "width": SIZE},
        do_center_crop=False,
        resample=PILImageResampling.BICUBIC,
        image_mean=[MEAN] * 3,
        image_std=[STD] * 3,
    )
    processor = VisionTextDualEncoderProcessor(  # type: ignore[no-untyped-call]  # as above
        pictures, _pruned(tokenizer, kept)
    )
    processor.save_pretrained(folder)


def _pruned(tokenizer: BertTokenizer, kept: Sequence[int]) -> PreTrainedTokenizerFast:
    """Give the tokenizer with only the tokens kept, renumbered in their order."""
    place = {token: i for i, token in enumerate(kept)}
    description: dict[str, Any] = json.loads(tokenizer.backend_tokenizer.to_str())
    description["model"]["vocab"] = {
        word: place[token]
        for word, token in description["model"]["vocab"].items()
        if token in place
    }
    description["truncation"] = description["padding"] = None
    for added in description["added_tokens"]:
        added["id"] = place[added["id"]]
    after = description["post_processor"]
    for special in after.get("special_tokens", {}).values():
        special["ids"] = [place[token] for token in special["ids"]]
    for end in ("sep", "cls"):
        if end in after:
            after[end][1] = place[after[end][1]]
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]  # as above
        tokenizer_object=Tokenizer.from_str(json.dumps(description)),
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=_LONGEST,
    )
