import re
from functools import cache
from itertools import product

import pytest

from twentyq.system import load_system
from twentyq.training.attributes import drawn_concepts, emoji_concepts
from twentyq.training.backgrounds import SCENES
from twentyq.training.colours import NAMES as COLOURS
from twentyq.training.held_out import HELD_OUT_ICONS, mentions_held_out
from twentyq.training.protocol import load_protocol
from twentyq.training.wordings import GROUPS, NAME_TEMPLATES, PAIR_TEMPLATES, fill, pairs

# Unseen wordings of options that no animal of the protocol has, and of colours.
FURTHER_UNSEEN = """flower-like, botanical, a sprouting plant, facial hair, a metal spoon,
a shining light, blossom petals, snow white, jet black, grey, chocolate brown, crimson, tangerine,
golden yellow, emerald green, navy blue, violet, rosy pink, sand-colored, sky blue"""

# The article's template that the training may use, and the options that are plain words: colours,
# and a name that is read as the name of what is shown.
ALLOWED_TEMPLATES = {"It looks like {}.", "It is {}."}
PLAIN_WORDS = {"wolf", *COLOURS}


def bare(text: str) -> str:
    """Return words without case, hyphens, signs, articles and plural endings."""
    words = re.findall(r"[a-zé{}]+", text.lower())
    return " ".join(word.removesuffix("s") for word in words if word not in {"a", "an", "the"})


@cache
def forbidden_wordings() -> frozenset[str]:
    """Return the article's options and every unseen wording, bare."""
    options = load_protocol().options
    unseen = [
        text
        for wordings in (options.shape, options.trait, options.scene)
        for wording in wordings.values()
        for text in wording.unseen
    ]
    article = [text for group in load_system("pokemon").groups for text in group.options]
    further = [text.strip() for text in FURTHER_UNSEEN.split(",")]
    return frozenset(map(bare, [*unseen, *article, *further])) - PLAIN_WORDS


@cache
def forbidden_templates() -> frozenset[str]:
    """Return the article's templates and those of unseen wordings."""
    protocol = load_protocol()
    unseen = protocol.five_groups.unseen.model_dump().values()
    article = [group.prompt for group in load_system("pokemon").groups]
    answers = [*protocol.answers.shape, *protocol.answers.trait, *protocol.answers.scene]
    every = {*unseen, *article, *answers, protocol.pokemon_colour.template}
    return frozenset(map(bare, every - ALLOWED_TEMPLATES))


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(rf"(?<!\S)(?:{'|'.join(map(re.escape, forbidden_wordings()))})(?!\S)")


def holds_forbidden(text: str) -> bool:
    return _pattern().search(bare(text)) is not None


GROUP_NAMES = pytest.mark.parametrize("name", GROUPS)


@GROUP_NAMES
def test_no_text_holds_the_articles_words_or_the_tests_or_a_held_out_animal(name):
    group = GROUPS[name]
    wordings = [
        text
        for option in group.options
        for text in (*group.options[option], *group.development[option])
    ]
    texts = [template.replace("{}", text) for template, text in product(group.templates, wordings)]
    assert not [text for text in texts if mentions_held_out(text)]
    # A forbidden wording that a text holds stands in the wording, or runs over its border.
    assert not [text for text in wordings if holds_forbidden(text)]
    assert not [text for text in texts if bare(text) in forbidden_wordings()]
    borders = [
        text
        for template, text in product(group.templates, wordings)
        if holds_forbidden(template.replace("{}", text))
    ]
    assert not borders


def test_no_template_is_the_articles_or_the_tests():
    singles = {t for group in GROUPS.values() for t in group.templates} | set(NAME_TEMPLATES)
    assert all(template.count("{}") == 1 for template in singles)
    assert forbidden_templates().isdisjoint(map(bare, singles))
    for pair in PAIR_TEMPLATES:
        assert all(template.count("{}") == 2 for template in pair.templates)
        assert not [template for template in pair.templates if holds_forbidden(template)]
    assert not [template for template in singles if "pok" in template.lower()]


def test_the_check_finds_what_it_looks_for():
    assert holds_forbidden("Large wings")
    assert holds_forbidden("some prickly quill")
    assert holds_forbidden("on All-Fours")
    assert not holds_forbidden("like a wolf")
    assert bare("This Pokémon's body is mainly {} in color.") in forbidden_templates()
    assert len(forbidden_wordings()) > 120


def test_captions_of_two_attributes():
    drawn = pairs(300, seed=1)
    assert len(drawn) == 300
    assert drawn == pairs(300, seed=1)
    assert drawn != pairs(300, seed=2)
    for caption in drawn:
        (first, option), (second, other) = caption.first, caption.second
        ways = [
            fill(template, one, two)
            for pair in PAIR_TEMPLATES
            if pair.groups == (first, second)
            for template in pair.templates
            for one in GROUPS[first].options[option]
            for two in GROUPS[second].options[other]
        ]
        assert caption.text in ways
    drawn = pairs(8000, seed=3)
    assert not [c.text for c in drawn if mentions_held_out(c.text) or holds_forbidden(c.text)]


def test_captions_of_concepts_tell_what_some_concept_has():
    told = {
        (option, other)
        for caption in pairs(5000, seed=4)
        for (group, option), (_, other) in [(caption.first, caption.second)]
        if group == "kind" and caption.second[0] == "legs"
    }
    assert ("bird", "two") in told
    assert ("bird", "six") not in told


def test_articles_agree_with_what_fills_the_slot():
    assert fill("a {} creature with {}", "orange", "an eye") == "an orange creature with an eye"
    assert (
        fill("A {} animal, {}", "ash gray", "a uniform coat")
        == "An ash gray animal, a uniform coat"
    )
    assert fill("a {} animal", "red") == "a red animal"


def test_names_and_other_names_are_no_forbidden_wordings():
    concepts = [*emoji_concepts().values(), *drawn_concepts().values()]
    texts = [
        text
        for concept in concepts
        if concept.name not in HELD_OUT_ICONS
        for text in (concept.name, *concept.also)
    ]
    # Single words are colours in the test, and fruits or flowers here.
    assert not [text for text in texts if bare(text) in forbidden_wordings() and " " in text]


@GROUP_NAMES
def test_wordings_are_many_and_each_means_one_option(name):
    group = GROUPS[name]
    assert len(group.templates) >= 10
    assert len(set(group.templates)) == len(group.templates)
    every = [text for texts in group.options.values() for text in texts]
    kept = [text for texts in group.development.values() for text in texts]
    assert len({bare(text) for text in [*every, *kept]} & set(map(bare, kept))) == len(kept)
    assert {bare(text) for text in every}.isdisjoint(map(bare, kept))
    assert len(set(every)) == len(every)
    assert all(len(texts) >= 5 for texts in group.options.values())
    assert all(len(texts) == 2 for texts in group.development.values())


@pytest.mark.parametrize("name", ["colour", "scene", "shape", "trait"])
def test_the_questions_of_the_test_have_ten_wordings_an_option(name):
    assert all(len(texts) >= 10 for texts in GROUPS[name].options.values())


def test_options_are_those_of_the_pictures():
    for name in ("colour", "second_colour", "background_colour"):
        assert tuple(GROUPS[name].options) == COLOURS
    assert tuple(GROUPS["scene"].options) == SCENES


@pytest.mark.parametrize(
    "name", sorted(set(GROUPS) - {"colour", "second_colour", "background_colour", "scene"})
)
def test_options_are_those_of_the_concepts(name):
    used = set()
    for concept in [*emoji_concepts().values(), *drawn_concepts().values()]:
        value = getattr(concept, name)
        used |= set(value) if isinstance(value, tuple) else {value} - {None}
    assert used == set(GROUPS[name].options)


def test_the_wordings_that_the_test_calls_trained_are():
    protocol = load_protocol()
    for group, wordings in (
        ("shape", protocol.options.shape),
        ("trait", protocol.options.trait),
        ("scene", protocol.options.scene),
    ):
        trained = {text for texts in GROUPS[group].options.values() for text in texts}
        assert {wording.trained for wording in wordings.values()} <= trained
    for group, template in protocol.five_groups.trained.model_dump().items():
        assert template in GROUPS[group].templates
