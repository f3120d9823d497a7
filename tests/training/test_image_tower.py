import torch
from transformers import EfficientNetModel

from twentyq.training import image_tower
from twentyq.training.image_tower import BLOCKS, ImageTower, normalise


def published(seed: int = 0) -> dict[str, torch.Tensor]:
    """Random weights under the names of the published checkpoint."""
    generator = torch.Generator().manual_seed(seed)
    weights: dict[str, torch.Tensor] = {}

    def conv(name: str, norm: str, like: torch.nn.Conv2d) -> None:
        shape = like.weight.shape
        spread = shape[1:].numel() ** -0.5
        weights[f"{name}.weight"] = torch.randn(shape, generator=generator) * spread
        for part in ("weight", "running_var"):
            weights[f"{norm}.{part}"] = torch.rand(shape[0], generator=generator) + 0.5
        for part in ("bias", "running_mean"):
            weights[f"{norm}.{part}"] = torch.randn(shape[0], generator=generator) * 0.1

    tower = ImageTower()
    conv("_conv_stem", "_bn0", tower.stem)
    for i, block in enumerate(tower.blocks):
        if block.expand is not None:
            conv(f"_blocks.{i}._expand_conv", f"_blocks.{i}._bn0", block.expand)
        conv(f"_blocks.{i}._depthwise_conv", f"_blocks.{i}._bn1", block.depthwise)
        conv(f"_blocks.{i}._project_conv", f"_blocks.{i}._bn2", block.project)
    conv("_conv_head", "_bn1", tower.head)
    return weights


def loaded_unfolded(weights: dict[str, torch.Tensor]) -> EfficientNetModel:
    """The same weights in transformers' own model, batch norms apart: the oracle of folding."""
    model = image_tower.to_transformers(ImageTower(), 64)
    state = model.state_dict()

    def put(conv: str, norm: str, to_conv: str, to_norm: str) -> None:
        state[f"{to_conv}.weight"] = weights[f"{conv}.weight"]
        for part in ("weight", "bias", "running_mean", "running_var"):
            state[f"{to_norm}.{part}"] = weights[f"{norm}.{part}"]

    put("_conv_stem", "_bn0", "embeddings.convolution", "embeddings.batchnorm")
    for i in range(BLOCKS):
        old, new = f"_blocks.{i}.", f"encoder.blocks.{i}."
        if f"{old}_expand_conv.weight" in weights:
            expansion = f"{new}expansion.expand_"
            put(f"{old}_expand_conv", f"{old}_bn0", f"{expansion}conv", f"{expansion}bn")
        depthwise = f"{new}depthwise_conv.depthwise_"
        put(f"{old}_depthwise_conv", f"{old}_bn1", f"{depthwise}conv", f"{depthwise}norm")
        project = f"{new}projection.project_"
        put(f"{old}_project_conv", f"{old}_bn2", f"{project}conv", f"{project}bn")
    put("_conv_head", "_bn1", "encoder.top_conv", "encoder.top_bn")
    model.load_state_dict(state)
    return model.eval()


def test_folding_keeps_the_function():
    weights = published()
    pictures = normalise(torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1)))
    with torch.no_grad():
        folded = image_tower.from_lite0(weights)(pictures)
        unfolded = loaded_unfolded(weights)(pictures).pooler_output
    assert float(unfolded.abs().mean()) > 1e-3
    assert torch.allclose(folded, unfolded, atol=1e-4, rtol=1e-3)


def test_the_exported_model_computes_what_the_tower_computes():
    tower = image_tower.from_lite0(published(3))
    pictures = normalise(torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1)))
    with torch.no_grad():
        ours = tower(pictures)
        exported = image_tower.to_transformers(tower, 64)(pictures).pooler_output
    assert torch.allclose(ours, exported, atol=1e-5, rtol=1e-4)


def test_trunk_and_tail_are_the_whole_wherever_they_meet():
    tower = image_tower.from_lite0(published(4))
    pictures = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        whole = tower(pictures)
        for block in (0, 6, BLOCKS):
            parted = tower.tail(tower.trunk(pictures, block), block)
            assert torch.allclose(whole, parted, atol=1e-6)


def test_normalise_is_the_published_one():
    assert torch.allclose(
        normalise(torch.tensor([0.0, 127 / 255, 1.0])), torch.tensor([-127 / 128, 0.0, 1.0])
    )
