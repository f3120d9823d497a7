"""Small random encoders, saved in the layout of the hub; equal seeds, equal weights.

Their tokenizers read bytes, so that no two texts of up to `CONTEXT` bytes are alike to them.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors

CONTEXT = 160
SIZE = 16  # pixels
BOS, EOS, PAD = 0, 1, 2
ALPHABET = sorted(pre_tokenizers.ByteLevel.alphabet())
VOCABULARY = {token: i for i, token in enumerate(["<s>", "</s>", "<pad>", "<unk>", *ALPHABET])}
NARROW = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}
TEXT = NARROW | {
    "vocab_size": len(VOCABULARY),
    "max_position_embeddings": CONTEXT,
    "bos_token_id": BOS,
    "eos_token_id": EOS,
    "pad_token_id": PAD,
}
VISION = NARROW | {"image_size": SIZE, "patch_size": 8}


def save_clip(folder: Path, seed: int = 0) -> None:
    """Save a `CLIPModel` of a few thousand weights with its tokenizer and preprocessing."""
    from transformers import CLIPConfig, CLIPModel

    torch.manual_seed(seed)
    model = CLIPModel(CLIPConfig(text_config=TEXT, vision_config=VISION, projection_dim=24))
    _save(model, folder)
    _save_tokenizer(folder)
    crop = {"do_center_crop": True, "crop_size": {"height": SIZE, "width": SIZE}}
    size = {"size": {"shortest_edge": SIZE}}
    _save_json(folder / "preprocessor_config.json", _preprocessing("CLIP") | size | crop)


def save_siglip(folder: Path, seed: int = 0) -> None:
    """Save a `SiglipModel`, whose tokenizer gives no attention mask, as those on the hub."""
    from transformers import SiglipConfig, SiglipModel

    torch.manual_seed(seed)
    model = SiglipModel(
        SiglipConfig(text_config=TEXT | {"projection_size": 32}, vision_config=VISION)
    )
    torch.nn.init.constant_(model.logit_scale, 2.0)
    torch.nn.init.constant_(model.logit_bias, -3.0)
    _save(model, folder)
    _save_tokenizer(folder, model_input_names=["input_ids"])
    _save_json(folder / "preprocessor_config.json", _preprocessing("Siglip") | SQUARE)


def save_siglip2(folder: Path, seed: int = 0) -> None:
    """Save a `Siglip2Model`, which sees pictures of any shape as a row of patches."""
    from transformers import Siglip2Config, Siglip2Model

    torch.manual_seed(seed)
    vision = NARROW | {"patch_size": 16, "num_patches": 256}
    text = TEXT | {"projection_size": 32}
    model = Siglip2Model(Siglip2Config(text_config=text, vision_config=vision))
    torch.nn.init.constant_(model.logit_scale, 2.0)
    torch.nn.init.constant_(model.logit_bias, -3.0)
    _save(model, folder)
    _save_tokenizer(folder, model_input_names=["input_ids"])
    patches = {"patch_size": 16, "max_num_patches": 256}
    _save_json(folder / "preprocessor_config.json", _preprocessing("Siglip2") | patches)


def save_dual_encoder(folder: Path, seed: int = 0) -> None:
    """Save a `VisionTextDualEncoderModel` of a BERT and a ViT."""
    from transformers import (
        BertConfig,
        VisionTextDualEncoderConfig,
        VisionTextDualEncoderModel,
        ViTConfig,
    )

    torch.manual_seed(seed)
    config = VisionTextDualEncoderConfig.from_vision_text_configs(
        ViTConfig(**VISION), BertConfig(**TEXT), projection_dim=24
    )
    _save(VisionTextDualEncoderModel(config), folder)
    names = ["input_ids", "token_type_ids", "attention_mask"]
    _save_tokenizer(folder, model_input_names=names)
    _save_json(folder / "preprocessor_config.json", _preprocessing("ViT") | SQUARE)


def save_jina_clip(folder: Path, seed: int = 0) -> None:
    """Save a model with jina-clip's interface, the code that defines it included."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(seed)
    weights = {
        "logit_scale": torch.tensor(3.0),
        "words.weight": torch.randn(len(VOCABULARY), 24, generator=generator),
        "pixels.weight": torch.randn(24, 3 * 8 * 8, generator=generator),
    }
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    auto_map = {
        "AutoConfig": "tiny_jina.JinaCLIPConfig",
        "AutoModel": "tiny_jina.JinaCLIPModel",
    }
    config = {"model_type": "jina_clip", "vocab_size": len(VOCABULARY), "auto_map": auto_map}
    _save_json(folder / "config.json", config | {"architectures": ["JinaCLIPModel"]})
    (folder / "tiny_jina.py").write_text(JINA_CODE, encoding="utf-8")
    _save_tokenizer(folder)


SQUARE = {"size": {"height": SIZE, "width": SIZE}}

JINA_CODE = """
import numpy as np
import torch
from transformers import AutoTokenizer, PreTrainedConfig, PreTrainedModel


class JinaCLIPConfig(PreTrainedConfig):
    model_type = "jina_clip"
    vocab_size: int = 260


class JinaCLIPModel(PreTrainedModel):
    config_class = JinaCLIPConfig

    def __init__(self, config):
        super().__init__(config)
        self.logit_scale = torch.nn.Parameter(torch.tensor(0.0))
        self.words = torch.nn.Embedding(config.vocab_size, 24)
        self.pixels = torch.nn.Linear(3 * 8 * 8, 24, bias=False)
        self.post_init()

    def get_text_features(self, texts):
        tokenizer = AutoTokenizer.from_pretrained(
            self.config._name_or_path, trust_remote_code=True
        )
        return torch.stack(
            [self.words(torch.tensor(tokenizer(text)["input_ids"])).mean(0) for text in texts]
        )

    def get_image_features(self, images):
        rows = [np.asarray(image.resize((8, 8)), dtype=np.float32).ravel() for image in images]
        return self.pixels(torch.from_numpy(np.stack(rows) / 255))

    @torch.inference_mode()
    def encode_text(self, sentences):
        vectors = torch.nn.functional.normalize(self.get_text_features(sentences), dim=1)
        return vectors.numpy()

    @torch.inference_mode()
    def encode_image(self, images):
        vectors = torch.nn.functional.normalize(self.get_image_features(images), dim=1)
        return vectors.numpy()

    @torch.inference_mode()
    def forward(self, sentences, images):
        text = torch.nn.functional.normalize(self.get_text_features(sentences), dim=1)
        image = torch.nn.functional.normalize(self.get_image_features(images), dim=1)
        return image @ text.T * self.logit_scale.exp()
"""


def _save(model: torch.nn.Module, folder: Path) -> None:
    # Random features of random weights lie close together; larger weights tell inputs apart.
    with torch.no_grad():
        for weights in model.parameters():
            if weights.ndim > 1:
                weights.mul_(4.0)
    model.save_pretrained(folder)


def _save_tokenizer(folder: Path, **settings: object) -> None:
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE(vocab=VOCABULARY, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", BOS), ("</s>", EOS)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        model_max_length=CONTEXT,
        **settings,
    ).save_pretrained(folder)


def _preprocessing(family: str) -> dict[str, object]:
    return {
        "image_processor_type": f"{family}ImageProcessor",
        "do_resize": True,
        "do_rescale": True,
        "do_normalize": True,
        "do_convert_rgb": True,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    }


def _save_json(path: Path, content: dict[str, object]) -> None:
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")
