"""Encoders saved for transformers, told apart by their config.json and loaded.

Only safetensors weights are read, and code that comes with a model runs only when asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twentyq.encoder.clip_like import ClipLikeEncoder
from twentyq.encoder.device import Placement
from twentyq.encoder.faults import cause, retold
from twentyq.encoder.identity import folder_identity, hub_file
from twentyq.encoder.jina import JinaClipEncoder
from twentyq.encoder.lean import make_lean
from twentyq.encoder.protocol import Encoder
from twentyq.encoder.quiet import quiet_transformers
from twentyq.errors import EncoderError, shown

# SigLIP was trained on texts padded to their full length and read without a mask; its tokenizers
# on the hub give no mask either. With dynamic padding its vectors are wrong, without any error.
PADDED_TO_THE_END = frozenset({"siglip", "siglip2"})
FAMILIES = frozenset({"clip", "vision-text-dual-encoder"}) | PADDED_TO_THE_END
JINA_CLIP = "jina_clip"


def load_transformers(
    source: Path | str,
    name: str,
    placement: Placement,
    revision: str | None,
    trust_remote_code: bool,
    verified: str | None = None,
) -> Encoder:
    """Load CLIP, SigLIP, SigLIP 2, VisionTextDualEncoder or jina-clip from a folder or the hub.

    `verified` is the identity of a folder whose files have just been read and found right.
    Raises `EncoderError` where the files are missing, damaged or of another family.
    """
    with quiet_transformers(), retold("cannot be loaded", where=name, mend=_advice(source)):
        if isinstance(source, Path):
            config, identity = source / "config.json", verified or folder_identity(source)
        else:
            # One commit for weights, tokenizer and preprocessing, though the branch may move on.
            config, revision = hub_file(source, "config.json", revision)
            identity = f"hub:{source}@{revision}"
        family = _family(_read_json(config, name), name, trust_remote_code)
        _refuse_pickle(source, name)
        wanted: dict[str, Any] = {"revision": revision, "trust_remote_code": trust_remote_code}
        model = _load_model(str(source), name, placement, wanted)
        make_lean(model)
        if family == JINA_CLIP:
            return JinaClipEncoder.wrap(model, source, name, identity, placement, wanted)
        processor = _load_processor(str(source), name, wanted)
        return ClipLikeEncoder.wrap(
            model, processor, name, identity, placement, pad_to_the_end=family in PADDED_TO_THE_END
        )


def _read_json(path: Path, name: str) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as fault:
        content = cause(fault)
    if not isinstance(content, dict):
        raise EncoderError(
            f"{path.name} is not a JSON object",
            where=name,
            got=shown(content),
            mend="fetch or save the encoder again",
        )
    return content


def _family(config: Mapping[str, Any], name: str, trust_remote_code: bool) -> str:
    family = str(config.get("model_type", "nothing"))
    if family == JINA_CLIP and not trust_remote_code:
        raise EncoderError(
            "this encoder runs code that comes with its weights",
            where=name,
            mend="read that code, and pass --trust-remote-code if you trust it",
        )
    if family != JINA_CLIP and family not in FAMILIES:
        raise EncoderError(
            "an encoder of this family is not supported",
            where=f"{name}, config.json, model_type",
            got=shown(family),
            allowed=", ".join(sorted(FAMILIES | {JINA_CLIP})),
            mend="wrap it in a factory and pass --encoder python:package.module:factory",
        )
    return family


def _refuse_pickle(source: Path | str, name: str) -> None:
    if isinstance(source, str) or any(source.glob("*.safetensors")):
        return
    pickles = sorted(
        path.name for kind in ("bin", "pt", "pth") for path in source.glob(f"*.{kind}")
    )
    if pickles:
        raise EncoderError(
            "the weights are a pickle, which can run any code when it is read",
            where=name,
            got=shown(pickles[0]),
            allowed="model.safetensors",
            mend="load it where you trust it, and write it anew with save_pretrained",
        )


def _load_model(source: str, name: str, placement: Placement, wanted: dict[str, Any]) -> Any:
    # Any: from_pretrained returns whatever class the files name.
    from transformers import AutoModel

    model, report = AutoModel.from_pretrained(
        source, dtype=placement.dtype, use_safetensors=True, output_loading_info=True, **wanted
    )
    if missing := sorted(report["missing_keys"]):
        # transformers would fill these with random numbers, and every label would be one too.
        raise EncoderError(
            f"the weights file lacks {len(missing)} of the encoder's tensors",
            where=name,
            got=f"no {shown(missing[0])}",
            mend="fetch or save the whole encoder again, both its towers",
        )
    return model.to(placement.device).eval().requires_grad_(False)


def _load_processor(source: str, name: str, wanted: dict[str, Any]) -> Any:
    from transformers import AutoProcessor

    auto: Any = AutoProcessor  # its methods have no types
    processor = auto.from_pretrained(source, **wanted)
    for part in ("tokenizer", "image_processor"):
        if getattr(processor, part, None) is None:
            raise EncoderError(
                f"no {part.replace('_', ' ')} is saved with the encoder",
                where=name,
                mend="save the processor into the same folder with save_pretrained",
            )
    _require_words(processor.tokenizer, name)
    return processor


def _require_words(tokenizer: Any, name: str) -> None:
    if tokenizer.pad_token is None:
        raise EncoderError(
            "the tokenizer has no token to pad with",
            where=name,
            mend="name the one of the encoder's training as pad_token in tokenizer_config.json",
        )
    # Where no files of it are saved, transformers makes a tokenizer of some families without a
    # vocabulary: all texts of one length are alike to it. No real one is blind to three scripts.
    one, other = tokenizer(["wolf волк 狼", "bear паук 熊"])["input_ids"]
    if one == other:
        raise EncoderError(
            "the tokenizer has no vocabulary, so that all prompts are alike to it",
            where=name,
            mend="save the tokenizer into the same folder with save_pretrained",
        )


def _advice(source: Path | str) -> str:
    if isinstance(source, Path):
        return (
            "the folder needs config.json, model.safetensors, the tokenizer's files and "
            "preprocessor_config.json or processor_config.json, as save_pretrained writes them"
        )
    return (
        "check the name and the network (HF_HUB_OFFLINE must not be set, a gated model needs "
        "`hf auth login`), or fetch it elsewhere with `hf download` and name the folder"
    )
