"""From vectors to full mode's scores, against the formula written out."""

import pytest
import torch
from PIL import Image

from tests.encoder.tiny_models import save_clip
from twentyq.encoder import load_encoder
from twentyq.engine import compile_plan
from twentyq.errors import PictureError
from twentyq.system import load_system
from twentyq.training.similarity import Eyes


@pytest.fixture(scope="module")
def eyes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoder")
    save_clip(folder)
    return Eyes(load_encoder(str(folder), device="cpu"))


@pytest.fixture
def pictures():
    return [Image.new("RGB", (16, 16), colour) for colour in ("red", "white", "navy")]


def test_scores_are_the_articles_sum(eyes, pictures):
    plan = compile_plan(load_system("pokemon"))
    similarities = eyes.similarities(plan, eyes.pictures(pictures))
    assert similarities.shape == (3, plan.n_prompts)
    expected = torch.zeros(3, len(plan.classes), dtype=torch.float64)
    for group in range(len(plan.groups)):
        columns = plan.options_of(group)
        answer = torch.softmax(eyes.encoder.scale * similarities[:, columns], dim=1)
        expected += answer @ plan.rules[:, columns].T
    torch.testing.assert_close(eyes.scores(plan, similarities), expected)


def test_texts_keep_their_order_and_are_read_once(eyes):
    texts = ["a long text of many words", "short", "a long text of many words", "middling one"]
    vectors = eyes.texts(texts)
    torch.testing.assert_close(vectors, eyes.encoder.embed_texts(texts).double())
    torch.testing.assert_close(vectors[0], vectors[2], rtol=0, atol=0)
    assert eyes.texts(texts).equal(vectors)


def test_a_picture_that_cannot_be_read_stops_the_test(eyes, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(PictureError, match=r"broken\.png"):
        eyes.pictures([tmp_path / "broken.png"])
