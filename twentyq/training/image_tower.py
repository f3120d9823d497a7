"""The image tower: EfficientNet-lite0, its batch norms folded into the convolutions."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import EfficientNetConfig, EfficientNetModel

FEATURES = 1280
# The starting weights were trained on (byte - 127) / 128.
MEAN, STD = 127 / 255, 128 / 255
_BATCH_NORM_EPS = 1e-3


def normalise(pixels: Tensor) -> Tensor:
    """Bring pixels in [0, 1] to the range that the starting weights know."""
    return (pixels - MEAN) / STD


@dataclass(frozen=True)
class _Stage:
    kernel: int
    stride: int
    expand: int
    width_in: int
    width_out: int
    repeats: int


# Tan and Le, EfficientNet (2019), table 1; the lite variant has no squeeze-excite and clips at 6.
_STAGES = (
    _Stage(3, 1, 1, 32, 16, 1),
    _Stage(3, 2, 6, 16, 24, 2),
    _Stage(5, 2, 6, 24, 40, 2),
    _Stage(3, 2, 6, 40, 80, 3),
    _Stage(5, 1, 6, 80, 112, 3),
    _Stage(5, 2, 6, 112, 192, 4),
    _Stage(3, 1, 6, 192, 320, 1),
)
BLOCKS = sum(stage.repeats for stage in _STAGES)


class FoldedConv(nn.Conv2d):
    """A convolution that carries its batch norm in its weights, padded as TensorFlow pads."""

    def __init__(
        self, width_in: int, width_out: int, kernel: int = 1, stride: int = 1, groups: int = 1
    ) -> None:
        half = kernel // 2
        super().__init__(
            width_in, width_out, kernel, stride, half if stride == 1 else 0, groups=groups
        )
        self._uneven = (half - 1, half, half - 1, half) if stride == 2 else None

    def forward(self, x: Tensor) -> Tensor:
        """Pad and convolve pictures ``(n, width_in, height, width)``."""
        if self._uneven:
            x = functional.pad(x, self._uneven)
        return super().forward(x)


class Block(nn.Module):
    """An inverted residual: widen, filter in space, narrow."""

    def __init__(self, width_in: int, width_out: int, kernel: int, stride: int, expand: int):
        super().__init__()
        wide = width_in * expand
        self.expand = FoldedConv(width_in, wide) if expand > 1 else None
        self.depthwise = FoldedConv(wide, wide, kernel, stride, groups=wide)
        self.project = FoldedConv(wide, width_out)
        self.residual = stride == 1 and width_in == width_out

    def forward(self, x: Tensor) -> Tensor:
        """Run the block on ``(n, width_in, height, width)``."""
        wide = functional.relu6(self.expand(x)) if self.expand is not None else x
        narrow: Tensor = self.project(functional.relu6(self.depthwise(wide)))
        return narrow + x if self.residual else narrow


class ImageTower(nn.Module):
    """Normalised pictures ``(n, 3, size, size)`` to features ``(n, 1280)``."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = FoldedConv(3, 32, 3, 2)
        blocks = [
            Block(
                stage.width_in if i == 0 else stage.width_out,
                stage.width_out,
                stage.kernel,
                stage.stride if i == 0 else 1,
                stage.expand,
            )
            for stage in _STAGES
            for i in range(stage.repeats)
        ]
        self.blocks = nn.ModuleList(blocks)
        self.head = FoldedConv(_STAGES[-1].width_out, FEATURES)

    def trunk(self, x: Tensor, until: int) -> Tensor:
        """Run the stem and the first ``until`` blocks."""
        x = functional.relu6(self.stem(x))
        for block in self.blocks[:until]:
            x = block(x)
        return x

    def tail(self, x: Tensor, start: int) -> Tensor:
        """Run the blocks from ``start`` on, the head and the mean over places."""
        for block in self.blocks[start:]:
            x = block(x)
        return functional.relu6(self.head(x)).float().mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Run the whole tower."""
        return self.tail(self.trunk(x, 0), 0)


def from_lite0(weights: Mapping[str, Tensor]) -> ImageTower:
    """Fold the published EfficientNet-lite0 checkpoint into a tower."""
    tower = ImageTower()

    def fold(conv: FoldedConv, weight: str, norm: str) -> None:
        variance = weights[f"{norm}.running_var"] + _BATCH_NORM_EPS
        gain = weights[f"{norm}.weight"] / torch.sqrt(variance)
        conv.weight.copy_(weights[f"{weight}.weight"] * gain[:, None, None, None])
        shift = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * gain
        assert conv.bias is not None
        conv.bias.copy_(shift)

    with torch.no_grad():
        fold(tower.stem, "_conv_stem", "_bn0")
        for i, block in enumerate(tower.blocks):
            assert isinstance(block, Block)
            name = f"_blocks.{i}."
            if block.expand is not None:
                fold(block.expand, f"{name}_expand_conv", f"{name}_bn0")
            fold(block.depthwise, f"{name}_depthwise_conv", f"{name}_bn1")
            fold(block.project, f"{name}_project_conv", f"{name}_bn2")
        fold(tower.head, "_conv_head", "_bn1")
    return tower


def to_transformers(tower: ImageTower, image_size: int) -> EfficientNetModel:
    """Write the tower as the transformers model of the same function.

    The lite variant has no squeeze-excite: its gates are held open (a bias of 30 under a sigmoid
    is 1 in float32), with the fewest channels that the model allows.
    """
    config = EfficientNetConfig(
        image_size=image_size,
        width_coefficient=1.0,
        depth_coefficient=1.0,
        hidden_act="relu6",
        hidden_dim=FEATURES,
        squeeze_expansion_ratio=1e-3,
        batch_norm_eps=_BATCH_NORM_EPS,
    )
    config.hidden_size = FEATURES
    model = EfficientNetModel(config)
    state = {key: value.clone() for key, value in model.state_dict().items()}

    def unfold(conv: FoldedConv, weight: str, norm: str) -> None:
        assert conv.bias is not None
        state[f"{weight}.weight"] = conv.weight.detach().clone()
        state[f"{norm}.bias"] = conv.bias.detach().clone()
        state[f"{norm}.weight"] = torch.ones_like(conv.bias)
        state[f"{norm}.running_mean"] = torch.zeros_like(conv.bias)
        state[f"{norm}.running_var"] = torch.full_like(conv.bias, 1 - _BATCH_NORM_EPS)

    unfold(tower.stem, "embeddings.convolution", "embeddings.batchnorm")
    for i, block in enumerate(tower.blocks):
        assert isinstance(block, Block)
        name = f"encoder.blocks.{i}."
        if block.expand is not None:
            unfold(block.expand, f"{name}expansion.expand_conv", f"{name}expansion.expand_bn")
        depthwise = f"{name}depthwise_conv.depthwise_"
        unfold(block.depthwise, f"{depthwise}conv", f"{depthwise}norm")
        unfold(block.project, f"{name}projection.project_conv", f"{name}projection.project_bn")
    unfold(tower.head, "encoder.top_conv", "encoder.top_bn")
    for key, value in state.items():
        if "squeeze_excite" in key:
            state[key] = torch.full_like(value, 30.0 if key.endswith("expand.bias") else 0.0)
    model.load_state_dict(state)
    model.train(False)
    return model
