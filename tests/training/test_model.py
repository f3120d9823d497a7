import math

import pytest
import torch

from tests.training.test_image_tower import published
from twentyq.training import image_tower
from twentyq.training.image_tower import BLOCKS, normalise
from twentyq.training.model import EMBEDDING, DualEncoder

FIRST_BLOCK = 6


def built(first_block: int = FIRST_BLOCK, seed: int = 0) -> DualEncoder:
    chance = torch.Generator().manual_seed(seed)
    return DualEncoder(image_tower.from_lite0(published()), first_block, chance)


def pictures(n: int = 2) -> torch.Tensor:
    return normalise(torch.rand(n, 3, 64, 64, generator=torch.Generator().manual_seed(1)))


def vectors(n: int = 3) -> torch.Tensor:
    return torch.randn(n, 384, generator=torch.Generator().manual_seed(2))


@pytest.fixture(scope="module")
def model() -> DualEncoder:
    return built()


def test_both_towers_end_in_unit_vectors_of_one_space(model):
    with torch.no_grad():
        for embedded in (model.embed_pictures(pictures(3)), model.embed_texts(vectors(3))):
            assert embedded.shape == (3, EMBEDDING)
            assert torch.allclose(embedded.norm(dim=1), torch.ones(3), atol=1e-5)


def trained(model: DualEncoder) -> set[str]:
    """Names of the parameters that are meant to move."""
    blocks = [f"image.blocks.{i}." for i in range(FIRST_BLOCK, BLOCKS)]
    heads = ("image.head.", "visual_projection.", "pooler.", "text_projection.", "logit_scale")
    return {name for name, _ in model.named_parameters() if name.startswith((*blocks, *heads))}


def test_frozen_blocks_get_no_gradient_and_all_others_do():
    model = built()
    loss = (model.embed_pictures(pictures()) @ model.embed_texts(vectors()).T).sum()
    (model.scale() * loss).backward()
    moving = {name for name, p in model.named_parameters() if p.grad is not None}
    assert moving == trained(model)


def test_parameters_are_those_of_the_heads_and_of_the_trained_blocks(model):
    ours = [*model.head_parameters(), *model.tower_parameters()]
    names = {id(p): name for name, p in model.named_parameters()}
    assert sorted(names[id(p)] for p in ours) == sorted(trained(model))
    assert {names[id(p)] for p in model.tower_parameters()} == {
        name for name in trained(model) if name.startswith("image.")
    }


@pytest.mark.parametrize("first_block", [0, FIRST_BLOCK, BLOCKS])
def test_the_frozen_part_in_bfloat16_agrees_with_the_whole_in_float32(first_block):
    model = built(first_block)
    with torch.no_grad():
        ours = model.embed_pictures(pictures())
        features = model.visual_projection(model.image(pictures()))
    cosines = torch.cosine_similarity(ours, features)
    assert float(1 - cosines.min()) < 1e-2


def test_the_frozen_copy_is_not_saved(model):
    assert set(model.state_dict()) == {name for name, _ in model.named_parameters()}


def test_the_same_chance_gives_the_same_start_and_another_does_not():
    one, again, other = (built(seed=seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(one[name], again[name]) for name in one)
    changed = {name for name in one if not torch.equal(one[name], other[name])}
    assert changed == {"visual_projection.weight", "text_projection.weight"}


def test_texts_start_with_the_angles_of_the_frozen_tower(model):
    # Mean-pooled vectors after a layer norm: unit variance per place.
    given = torch.nn.functional.layer_norm(vectors(20), (384,))
    with torch.no_grad():
        embedded = model.embed_texts(given)
    before = torch.nn.functional.normalize(given) @ torch.nn.functional.normalize(given).T
    after = embedded @ embedded.T
    # 256 of 384 directions are kept, so angles are kept up to chance.
    assert float((before - after).abs().mean()) < 0.08
    assert float(after[~torch.eye(20, dtype=torch.bool)].abs().max()) < 0.4


def test_the_scale_is_learned_within_a_bound():
    model = built()
    with torch.no_grad():
        assert float(model.scale()) == pytest.approx(20.0)
        model.logit_scale.fill_(math.log(45.0))
        assert float(model.scale()) == pytest.approx(45.0)
        model.logit_scale.fill_(math.log(1000.0))
        assert float(model.scale()) == pytest.approx(60.0)
