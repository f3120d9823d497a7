import pytest
import torch
from transformers import BertModel

from tests.training.tiny_work import save_text_tower
from twentyq.training import text_tower

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefgh", "red", "wolf", "##s", "ŵ")


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A small random BERT in the layout and width of the published text tower."""
    folder = tmp_path_factory.mktemp("published")
    save_text_tower(folder, WORDS)
    return folder


def test_the_added_layer_is_mean_pooling(published):
    model, tokenizer = text_tower.load(published)
    texts = ["red wolf", "a", "wolfs red a b c"]
    plain = BertModel.from_pretrained(published, add_pooling_layer=False).eval()
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        states = plain(**batch).last_hidden_state
    mask = batch["attention_mask"][..., None]
    means = (states * mask).sum(1) / mask.sum(1)
    vectors = text_tower.pooled(model, tokenizer, texts, batch_size=2)
    assert torch.allclose(
        torch.cosine_similarity(vectors, means - means.mean(1, keepdim=True)),
        torch.ones(3),
        atol=1e-3,
    )


def test_vectors_come_in_the_order_of_the_texts(published):
    model, tokenizer = text_tower.load(published)
    texts = ["wolfs red a b c", "a", "red wolf"]
    together = text_tower.pooled(model, tokenizer, texts, batch_size=2)
    for row, text in enumerate(texts):
        alone = text_tower.pooled(model, tokenizer, [text])
        assert torch.allclose(together[row], alone[0], atol=1e-4)


def test_kept_tokens_are_frequent_latin_or_used(published):
    _, tokenizer = text_tower.load(published)
    vocabulary = tokenizer.get_vocab()
    words = {index: word for word, index in vocabulary.items()}
    kept = [words[i] for i in text_tower.kept_tokens(tokenizer, ["wolfs"], frequent=7)]
    assert kept == [*WORDS[:7], "wolf", "##s"]


def test_pruning_keeps_the_vectors_of_kept_tokens(published):
    model, tokenizer = text_tower.load(published)
    kept = text_tower.kept_tokens(tokenizer, ["red wolf"], frequent=7)
    before = model.embeddings.word_embeddings.weight.detach().clone()
    text_tower.prune(model, kept)
    assert model.config.vocab_size == len(kept) < len(WORDS)
    assert torch.equal(model.embeddings.word_embeddings.weight.detach(), before[kept])
