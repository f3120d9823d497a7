import copy

import pytest
import torch
from torch import nn
from transformers import AutoModel, BertConfig, BertModel, EfficientNetConfig, EfficientNetModel

from twentyq.encoder.builtin_weights import FOLDER
from twentyq.encoder.lean import make_lean


@pytest.fixture(scope="module")
def builtin() -> nn.Module:
    return AutoModel.from_pretrained(FOLDER, dtype=torch.float32).eval()


@pytest.fixture(scope="module")
def lean(builtin: nn.Module) -> nn.Module:
    model = copy.deepcopy(builtin)
    make_lean(model)
    return model


def kinds(model: nn.Module) -> list[str]:
    return [type(part).__name__ for part in model.modules()]


def test_pictures_get_the_same_vectors(builtin: nn.Module, lean: nn.Module) -> None:
    pixels = torch.randn(5, 3, 128, 128, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        before = builtin.get_image_features(pixel_values=pixels).pooler_output
        after = lean.get_image_features(pixel_values=pixels).pooler_output
    torch.testing.assert_close(after, before, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("lengths", [(7, 7, 7), (3, 12, 1)])
def test_texts_get_the_same_vectors(
    builtin: nn.Module, lean: nn.Module, lengths: tuple[int, ...]
) -> None:
    ids = torch.randint(5, 900, (3, max(lengths)), generator=torch.Generator().manual_seed(1))
    mask = (torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]).long()
    with torch.inference_mode():
        before, after = (
            model.get_text_features(input_ids=ids, attention_mask=mask).pooler_output
            for model in (builtin, lean)
        )
    torch.testing.assert_close(after, before, rtol=1e-4, atol=1e-5)


def test_nothing_is_left_that_computes_nothing(builtin: nn.Module, lean: nn.Module) -> None:
    assert {"BatchNorm2d", "EfficientNetSqueezeExciteLayer"} <= set(kinds(builtin))
    assert not {"BatchNorm2d", "EfficientNetSqueezeExciteLayer"} & set(kinds(lean))
    assert kinds(builtin).count("BertLayer") == kinds(lean).count("BertLayer") + 1


def test_gates_and_attention_that_compute_something_stay() -> None:
    torch.manual_seed(0)
    pictures = EfficientNetModel(
        EfficientNetConfig(width_coefficient=0.25, depth_coefficient=0.1, hidden_dim=320)
    ).eval()
    texts = BertModel(
        BertConfig(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32)
    ).eval()
    model = nn.ModuleList([pictures, texts])
    gates, layers = (kinds(model).count(k) for k in ("EfficientNetSqueezeExciteLayer", "BertLayer"))
    pixels = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        before = pictures(pixels).last_hidden_state
        make_lean(model)
        after = pictures(pixels).last_hidden_state
    torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-4)
    assert kinds(model).count("EfficientNetSqueezeExciteLayer") == gates > 0
    assert kinds(model).count("BertLayer") == layers == 2
