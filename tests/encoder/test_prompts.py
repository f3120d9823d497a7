import torch

from tests.encoder.hashing import HashingEncoder
from twentyq.encoder import PromptStore, PromptTable

PROMPTS = (("It is red.", "It is blue."), ("It is big.", "It is small."))


def test_a_group_is_embedded_once_and_only_when_it_is_asked():
    encoder = HashingEncoder()
    table = PromptTable(encoder, PROMPTS, None, torch.device("cpu"))
    assert encoder.embedded == []
    assert table.resident == frozenset()
    vectors, n_embedded = table.vectors(1)
    assert (vectors.dtype, n_embedded) == (torch.float64, 2)
    assert torch.equal(vectors.float(), HashingEncoder().embed_texts(list(PROMPTS[1])))
    assert table.resident == {1}
    assert table.vectors(1)[1] == 0
    assert encoder.embedded == list(PROMPTS[1])


def test_a_second_table_finds_the_group_in_the_store(tmp_path):
    store = PromptStore(tmp_path / "prompts.sqlite3")
    first = PromptTable(HashingEncoder(), PROMPTS, store, torch.device("cpu")).vectors(0)
    encoder = HashingEncoder()
    second = PromptTable(encoder, PROMPTS, store, torch.device("cpu")).vectors(0)
    assert torch.equal(first[0], second[0])
    assert (first[1], second[1], encoder.embedded) == (2, 0, [])
