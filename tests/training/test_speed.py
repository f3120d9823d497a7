"""The cost of an encoder: positive times on one thread, and the size of its weights."""

import torch
from PIL import Image

from tests.encoder.tiny_models import save_clip
from twentyq.encoder import load_encoder
from twentyq.training.speed import measure_cost


def test_times_and_megabytes(tmp_path):
    save_clip(tmp_path)
    threads = torch.get_num_threads()
    encoder = load_encoder(str(tmp_path), device="cpu")
    cost = measure_cost(encoder, tmp_path, Image.new("RGB", (16, 16)))
    assert 0 < cost.picture_ms < 1000
    assert 0 < cost.prompt_ms < 1000
    assert cost.megabytes == (tmp_path / "model.safetensors").stat().st_size / 1e6
    assert torch.get_num_threads() == threads
