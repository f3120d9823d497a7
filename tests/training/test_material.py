import re
from dataclasses import replace

import pytest
import torch

from tests.training import tiny_work
from tests.training.test_wordings import bare, forbidden_wordings
from tests.training.tiny_work import entry
from twentyq.errors import TrainingError
from twentyq.system import load_system
from twentyq.training import attributes, wordings
from twentyq.training.backgrounds import SCENES
from twentyq.training.held_out import mentions_held_out
from twentyq.training.losses import OF_VIEWS
from twentyq.training.material import (
    VALIDATION_STYLE,
    load_material,
    read_entries,
    read_words,
    texts_of,
    with_article,
)
from twentyq.training.validation import Validation

CPU = torch.device("cpu")


def said(*entries):
    """The ways to name each drawing."""
    words = read_words(entries)
    return [words.names[i] if i >= 0 else None for i in words.name.tolist()]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("wolf", "a wolf"),
        ("owlet", "an owlet"),
        ("Alpaca", "an Alpaca"),
        ("glass", "a glass"),
        ("eyes", "eyes"),
        ("two hearts", "two hearts"),
        ("a cat", "a cat"),
        ("the moon", "the moon"),
    ],
)
def test_names_are_said_with_their_article(name, said):
    assert with_article(name) == said


def test_the_face_of_an_animal_is_called_by_the_animal_too():
    assert said(entry("monkey face")) == [("a monkey face", "a monkey")]
    assert said(entry("grinning face")) == [("a grinning face",)], "that is all it is"


def test_a_concepts_other_names_are_ways_to_say_it():
    assert attributes.for_training()["cow"].also == ("cattle", "dairy cow")
    assert said(entry("cow")) == [("a cow", "a cattle", "a dairy cow")]


def test_drawings_of_one_name_share_its_ways_to_say_it():
    words = read_words(
        [entry("cow"), entry("monkey face"), entry("cow", "twemoji", keywords=["moo"])]
    )
    assert words.name.tolist() == [0, 1, 0]
    assert len(words.names) == 2


def test_rare_keywords_name_a_drawing_and_frequent_ones_do_not():
    things = [entry(f"gadget {i}", keywords=["thing"]) for i in "abc"]
    first, *_ = said(entry("gizmo", keywords=["thing", "whatsit"]), *things)
    assert first == ("a gizmo", "a whatsit")
    # In two styles, twice as many drawings have a rare keyword.
    first, *_ = said(entry("gizmo", "twemoji", keywords=["thing", "whatsit"]), *things)
    assert first == ("a gizmo", "a thing", "a whatsit")


def test_a_drawing_in_a_single_colour_is_used_where_its_look_is_known():
    known = entry("wolf head", "game-icons", codepoints=None)
    unknown = entry("thingamabob", "game-icons", codepoints=None)
    assert said(known, unknown) == [("a wolf head",), None]
    assert said(unknown | {"style": "openclipart-svg"}) == [("a thingamabob",)]


def test_the_articles_options_are_not_said():
    assert "a wolf" in {o for group in load_system("pokemon").groups for o in group.options}
    assert said(entry("wolf")) == [("a wild canine",)]


def test_wordings_of_the_test_are_not_said_and_what_has_no_other_name_is_not_used():
    tusks, fish = (entry(n, "openclipart-svg", codepoints=None) for n in ("ivory tusks", "tusks"))
    assert said(tusks, fish) == [None, ("tusks",)]
    assert ("a hound",) not in said(entry("dog"))
    assert said(entry("cat"))[0][0] == "a cat", "an emoji may be called what it is called"


def test_texts_hold_every_name_and_development_wording():
    texts = set(texts_of(read_words([entry("cow")])))
    assert {"a cow", "It looks like a dairy cow."} <= texts
    group = wordings.GROUPS["colour"]
    for wording in (*group.options["red"], *group.development["red"]):
        assert wordings.fill(group.templates[0], wording) in texts


@pytest.mark.parametrize(
    "told",
    [entry("fox"), entry("gizmo", keywords=["bunny"]), entry("ZebraHead", "x", codepoints=None)],
)
def test_a_text_that_names_a_held_out_animal_ends_the_training(told):
    with pytest.raises(TrainingError) as error:
        texts_of(read_words([entry("cow"), told]))
    message = str(error.value)
    assert "a text of the training names an animal that is held out from it" in message
    assert re.search(r"got: 'an? (fox|bunny|ZebraHead)'", message)
    assert "allowed: texts without any word of held_out.yaml" in message
    assert "to mend: remove the drawing, keyword or wording that it comes from" in message


def test_the_held_out_animals_are_looked_for_in_wordings_too(monkeypatch):
    group = wordings.GROUPS["shape"]
    with_tiger = replace(group, development=group.development | {"feline": ("built like a tiger",)})
    monkeypatch.setitem(wordings.GROUPS, "shape", with_tiger)
    with pytest.raises(TrainingError, match="built like a tiger"):
        texts_of(read_words([entry("cow")]))


@pytest.fixture(scope="module")
def corpus() -> tuple[str, ...]:
    """Every text there is for all drawings that the tables know."""
    emoji = [entry(name) for name in attributes.for_training()]
    drawn = [
        entry(name, "openclipart-svg", codepoints=None)
        for name in attributes.drawn_concepts()
        if not mentions_held_out(name)
    ]
    return texts_of(read_words([*emoji, *drawn]))


def test_the_built_corpus_names_no_held_out_animal(corpus):
    assert len(corpus) > 20_000
    assert not [text for text in corpus if mentions_held_out(text)]


def test_the_built_corpus_holds_none_of_the_tests_wordings(corpus):
    longest_first = sorted(forbidden_wordings(), key=len, reverse=True)
    wordings = re.compile(rf"(?<!\S)(?:{'|'.join(map(re.escape, longest_first))})(?!\S)")
    found = {match[0] for text in corpus if (match := wordings.search(bare(text)))}
    # Words of colours that name a thing, and likenesses that "It looks like {}." makes of names.
    things, likenesses = {"grey", "violet", "tangerine"}, {"cat", "hound", "swimming fish"}
    assert found <= things | {f"like {name}" for name in likenesses}


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    folder = tmp_path_factory.mktemp("work")
    more = (
        entry("cow"),
        entry("gizmo", group="objects", subgroup="tool"),
        entry("grinning face", group="smileys-emotion", subgroup="face-smiling"),
    )
    with pytest.MonkeyPatch.context() as patch:
        tiny_work.shrink(patch.setattr)
        tiny_work.save_work(folder, (*tiny_work.DRAWN, *more))
        yield folder


@pytest.fixture(scope="module")
def material(work):
    return load_material(work, CPU)


@pytest.fixture(scope="module")
def trained(work):
    """What the drawings to train from show, in the order of the material."""
    unused = {"thingamabob"}
    return [
        one
        for one in read_entries(work)
        if one["style"] != VALIDATION_STYLE and one["name"] not in unused
    ]


def test_the_validation_style_and_unknown_signs_are_not_trained_on(work, material, trained):
    assert len(material.composer.drawings.rgba) == len(trained) == 7
    everything = [one["style"] for one in read_entries(work)]
    assert everything.count(VALIDATION_STYLE) == 2
    assert len(material.validation.truth.name) == 2
    shown = {tuple(rgba[24, 24].tolist()) for rgba in material.composer.drawings.rgba}
    assert len(shown) == len(trained), "each drawing has its own colour"


def test_names_are_those_of_the_texts(work, material, trained):
    words = read_words(read_entries(work))
    texts = texts_of(words)
    names = material.corpus.names.rows
    assert material.truth.name.shape == (len(trained),)
    for one, name in zip(trained, material.truth.name, strict=True):
        assert texts[names[name, 0, 0]] == words.names[name][0] == with_article(one["name"])
    looked_at = material.validation
    said = [texts[looked_at.name_rows[name]] for name in looked_at.truth.name]
    assert said == ["a cat face", "a cow"]


def options(material, trained, group, name):
    row = next(i for i, one in enumerate(trained) if one["name"] == name)
    asked = list(wordings.GROUPS[group].options)
    values = material.truth.options[group][row]
    return {asked[i]: float(values[i]) for i in values.nonzero()[:, 0].tolist()}


def test_true_options_are_those_of_the_table_in_equal_shares(material, trained):
    assert options(material, trained, "shape", "cat face") == {"head only": 0.5, "feline": 0.5}
    assert options(material, trained, "covering", "cow") == {"fur": 1.0}
    assert options(material, trained, "legs", "cat face") == {}, "not to be seen"


def test_of_unknown_emoji_their_subgroup_tells_the_kind(material, trained):
    assert options(material, trained, "kind", "gizmo") == {"tool": 0.5, "object": 0.5}
    assert options(material, trained, "shape", "gizmo") == {"object": 1.0}
    assert options(material, trained, "kind", "grinning face") == {"face": 1.0}
    assert options(material, trained, "shape", "grinning face") == {}


def test_every_group_has_its_truth_from_the_table_or_from_the_view(material):
    assert material.truth.options.keys() == wordings.GROUPS.keys() - set(OF_VIEWS)
    assert material.truth.n_scenes == len(SCENES)
    assert material.corpus.questions.keys() == wordings.GROUPS.keys()
    for group, phrases in material.validation.questions.items():
        assert len(phrases.rows) == len(wordings.GROUPS[group].options)


def test_drawings_are_drawn_by_what_they_are(material, trained):
    drawings = material.composer.drawings
    names = [one["name"] for one in trained]
    creatures = {names[i] for i in drawings.creature.nonzero()[:, 0].tolist()}
    assert creatures == {"cat face", "cow", "wolf head"}
    assert drawings.single_colour.tolist() == [name == "wolf head" for name in names]
    # Two styles draw the cow: both together are drawn more often than a name drawn once.
    expected = {"cow": 2**-0.5, "wolf head": 0.3}
    assert drawings.draws.tolist() == pytest.approx([expected.get(name, 1.0) for name in names])
    assert torch.equal(drawings.creature_draws, drawings.draws * drawings.creature)


def test_fire_beside_a_creature_brings_flames(material, trained):
    flames = list(wordings.GROUPS["trait"].options).index("flames")
    assert {trait: rows.tolist() for trait, rows in material.composer.drawings.extras.items()} == {
        flames: [[one["name"] for one in trained].index("fire")]
    }


def test_the_validation_is_the_same_at_every_start(work, material):
    again = load_material(work, CPU).validation
    assert torch.equal(again.views.pixels, material.validation.views.pixels)


def test_development_animals_are_kept_out_where_told_and_validate(work, material):
    assert material.unseen is None
    names = [one["name"] for one in read_entries(work)]
    held = load_material(work, CPU, hold_out=True)
    cows_and_wolves = sum(name in ("cow", "wolf head") for name in names)
    of_the_style = 1
    left = len(held.composer.drawings.rgba)
    assert left == len(material.composer.drawings.rgba) - (cows_and_wolves - of_the_style)
    assert held.unseen is not None
    assert len(held.unseen.truth.name) == cows_and_wolves
    assert torch.equal(held.validation.views.pixels, material.validation.views.pixels)


class Measured(Validation):
    """A validation whose outcome is given."""

    def measure(self, model: object) -> dict[str, float]:
        return {"shape": 0.5, "mean": 0.5}

    def share_named(self, model: object) -> float:
        return 0.25


def test_naming_unseen_animals_is_half_of_what_a_model_is_chosen_by(material):
    given = Measured(*vars(material.validation).values())
    alone = replace(material, validation=given)
    assert alone.measure(None) == {"shape": 0.5, "mean": 0.5}
    both = replace(alone, unseen=given)
    assert both.measure(None) == {"shape": 0.5, "unseen animals": 0.25, "mean": 0.375}
