import pytest
import torch

from twentyq.errors import TrainingError
from twentyq.training.corpus import compile_texts, embed_once, read_vectors
from twentyq.training.wordings import PairCaption, WordingGroup

GROUPS = {
    "colour": WordingGroup(
        templates=tuple(f"{i}: it is {{}}." for i in range(9)),
        options={"red": ("red", "scarlet"), "blue": ("blue",)},
        development={"red": ("crimson",), "blue": ("azure",)},
    ),
    "scene": WordingGroup(
        templates=("in {}",), options={"snow": ("the snow",)}, development={"snow": ("ice",)}
    ),
}
PAIRS = (PairCaption("a red thing in the snow", ("colour", "red"), ("scene", "snow")),)


def compiled():
    return compile_texts(GROUPS, [("a cat", "a kitty"), ("a dog",)], ["{}", "see {}"], PAIRS)


def test_rows_point_at_the_wordings_in_their_templates():
    texts, questions, development, names, pair_rows, pair_attributes = compiled()
    colour = questions["colour"].rows
    assert colour.shape == (2, 2, 8)
    for option, allowed in enumerate((("red", "scarlet"), ("blue",))):
        for wording in range(2):
            spoken = [texts[row] for row in colour[option, wording]]
            word = allowed[wording % len(allowed)]
            assert all(text.endswith(f": it is {word}.") for text in spoken)
            assert [text[0] for text in spoken[:5]] == list("01234"), "shared templates first"
            assert {text[0] for text in spoken[5:]} <= set("5678")
    assert [texts[row] for row in names.rows[1, 1]] == ["a dog", "see a dog"]
    assert texts[development["colour"].rows[0, 0, 0]] == "0: it is crimson."
    assert [texts[row] for row in pair_rows] == ["a red thing in the snow"]
    assert pair_attributes.tolist() == [[0, 2]], "places in red, blue, snow"


def test_every_text_is_listed_once():
    texts, *_ = compiled()
    assert len(texts) == len(set(texts))


def test_development_wordings_are_never_drawn():
    _, questions, development, *_ = compiled()
    drawn = {int(row) for phrases in questions.values() for row in phrases.rows.flatten()}
    assert not drawn & {int(r) for phrases in development.values() for r in phrases.rows.flatten()}


def test_draws_belong_to_their_thing_and_half_share_a_template():
    texts, questions, *_ = compiled()
    phrases, chance = questions["colour"], torch.Generator().manual_seed(1)
    alike = 0
    for _ in range(200):
        red, blue = (texts[row] for row in phrases.draw(torch.tensor([0, 1]), chance))
        assert red[9:-1] in ("red", "scarlet")
        assert blue.endswith("blue.")
        alike += red[0] == blue[0]
    assert 80 < alike < 150, "one template for all half of the time, and sometimes by luck"


def test_vectors_are_embedded_once_and_read_back(tmp_path):
    calls = []

    def embed(texts):
        calls.append(list(texts))
        return torch.arange(len(texts))[:, None].float()

    for _ in range(2):
        embed_once(["a", "b"], tmp_path, embed)
    assert calls == [["a", "b"]]
    assert read_vectors(tmp_path, ["a", "b"]).tolist() == [[0.0], [1.0]]
    embed_once(["c"], tmp_path, embed)
    assert read_vectors(tmp_path, ["c"]).tolist() == [[0.0]]


def test_vectors_of_other_texts_are_refused(tmp_path):
    embed_once(["a"], tmp_path, lambda texts: torch.zeros(1, 1))
    with pytest.raises(TrainingError, match="not those of the training's texts"):
        read_vectors(tmp_path, ["b"])
