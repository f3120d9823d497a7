"""The dual encoder in training: which weights move, and how pictures and texts meet."""

import copy
import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from twentyq.training import text_tower
from twentyq.training.image_tower import FEATURES, ImageTower

EMBEDDING = 256
_FIRST_SCALE = 20.0
LARGEST_SCALE = 60.0
# The pooled text vectors have unit variance per place; tanh should hardly bend them at the start.
_FIRST_POOL = 0.2


class DualEncoder(nn.Module):
    """An image tower with a projection, and the head on frozen text vectors.

    ``first_block`` is the first block of the image tower that is trained; what lies before it
    runs in bfloat16 without gradients.
    """

    def __init__(self, image: ImageTower, first_block: int, generator: torch.Generator) -> None:
        super().__init__()
        self.image = image
        self.first_block = first_block
        width = text_tower.WIDTH
        self.visual_projection = nn.Linear(FEATURES, EMBEDDING, bias=False)
        self.pooler = nn.Linear(width, width)
        self.text_projection = nn.Linear(width, EMBEDDING, bias=False)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(_FIRST_SCALE)))
        with torch.no_grad():
            nn.init.normal_(self.visual_projection.weight, std=FEATURES**-0.5, generator=generator)
            nn.init.orthogonal_(self.text_projection.weight, generator=generator)
            self.pooler.weight.copy_(torch.eye(width) * _FIRST_POOL)
            self.pooler.bias.zero_()
        for module in (image.stem, *image.blocks[:first_block]):
            module.requires_grad_(False)
        frozen = copy.deepcopy(image)
        del frozen.blocks[first_block:], frozen.head
        frozen.to(torch.bfloat16)
        frozen.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # not in torch's types
        # Held in a tuple, so that the copy is neither a parameter nor saved.
        self._frozen = (frozen,)

    def head_parameters(self) -> list[nn.Parameter]:
        """Parameters that start from chance."""
        return [
            *self.visual_projection.parameters(),
            *self.pooler.parameters(),
            *self.text_projection.parameters(),
            self.logit_scale,
        ]

    def tower_parameters(self) -> list[nn.Parameter]:
        """Parameters of the image tower that are trained."""
        return [p for p in self.image.parameters() if p.requires_grad]

    def embed_pictures(self, pixels: Tensor) -> Tensor:
        """Embed normalised pictures ``(n, 3, size, size)`` as unit vectors ``(n, 256)``."""
        (frozen,) = self._frozen
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        with torch.no_grad():
            early = frozen.to(pixels.device).trunk(pixels.to(torch.bfloat16), self.first_block)
        # On the CPUs at hand float32 is faster than bfloat16 where gradients are needed.
        with torch.autocast("cuda", torch.bfloat16, enabled=pixels.is_cuda):
            features = self.image.tail(early.float(), self.first_block)
        return functional.normalize(self.visual_projection(features), dim=-1)

    def embed_texts(self, vectors: Tensor) -> Tensor:
        """Embed pooled text vectors ``(n, 384)`` as unit vectors ``(n, 256)``."""
        return functional.normalize(self.text_projection(torch.tanh(self.pooler(vectors))), dim=-1)

    def scale(self) -> Tensor:
        """Give the factor between cosines and logits."""
        return self.logit_scale.exp().clamp(max=LARGEST_SCALE)

    def set_scale(self, scale: float) -> None:
        """Set the factor between cosines and logits."""
        with torch.no_grad():
            self.logit_scale.fill_(math.log(scale))
