import pytest

from twentyq.training.attributes import (
    Attributes,
    drawn_concepts,
    emoji_concepts,
    find,
    for_training,
    kind_of,
)
from twentyq.training.held_out import HELD_OUT_ICONS, mentions_held_out
from twentyq.training.protocol import load_protocol
from twentyq.training.tables import read_table

# Shape and trait of the unseen animals, which the test's rules are made of.
UNSEEN = """
fox: head only, canine | ears
tiger face: head only, feline | stripes
tiger: feline, four-legged | stripes, tail
horse face: head only, four-legged | mane
horse: four-legged | mane, tail
unicorn: head only, four-legged | horn, mane
zebra: four-legged | stripes, mane
ram: four-legged | horn, wool
elephant: bulky, four-legged | trunk, tusks, ears
rabbit face: head only | ears
rabbit: four-legged, round | ears
hedgehog: round, four-legged | spikes
kangaroo: upright | tail, ears
penguin: bird-like, upright, round | beak
duck: bird-like | beak
swan: bird-like | long neck, beak
owl: bird-like, round | big eyes, beak
crocodile: reptilian | teeth, tail, armor
shark: fish-like | fins, teeth
lobster: many-legged | claws, armor, antennae
squid: tentacled | tentacles
butterfly: winged insect, winged | wings, antennae
honeybee: winged insect, winged | wings, stripes
scorpion: many-legged | claws, tail
"""

# What the protocol calls otherwise.
OTHERWISE = {
    "dog-like": "canine",
    "cat-like": "feline",
    "snake-like": "serpentine",
    "flying insect": "winged insect",
    "humanoid": "upright",
    "head": "head only",
    "shell": "armor",
}


def test_the_table_of_the_test_is_complete():
    concepts = emoji_concepts()
    assert len(concepts) == 171
    assert set(HELD_OUT_ICONS) <= set(concepts)
    assert all(concept.shape for concept in concepts.values())


def test_shape_and_trait_of_the_unseen_stand_fast():
    concepts = emoji_concepts()
    rows = [
        f"{name}: {', '.join(concepts[name].shape)} | {', '.join(concepts[name].trait)}"
        for name in HELD_OUT_ICONS
    ]
    assert rows == UNSEEN.strip().splitlines()


def test_held_out_animals_leave_for_training():
    left = for_training()
    assert set(emoji_concepts()) - set(left) == set(HELD_OUT_ICONS)
    texts = [text for concept in left.values() for text in (concept.name, *concept.also)]
    assert not [text for text in texts if mentions_held_out(text)]


def test_no_other_concept_names_a_held_out_animal():
    concepts = [c for name, c in drawn_concepts().items() if name not in HELD_OUT_ICONS]
    texts = [text for concept in concepts for text in (concept.name, *concept.also)]
    assert len(texts) > 1700
    assert not [text for text in texts if mentions_held_out(text)]


def test_shapes_and_traits_are_those_of_the_protocol():
    for name, animal in load_protocol().animals.items():
        concept = emoji_concepts()[name]
        for mine, tests in ((concept.shape, animal.shape), (concept.trait, animal.trait)):
            assert mine == tuple(dict.fromkeys(OTHERWISE.get(value, value) for value in tests))


def test_no_concept_stands_in_two_sections():
    table = read_table("attributes.yaml")
    plain = [name for names in table["plainly"].values() for name in names]
    names = [*table["emoji"], *table["creatures"], *plain]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("name", "concept"),
    [
        ("wolf", "wolf"),
        ("Sea-Dragon", "sea dragon"),
        ("spiked-shell", "spiked shell"),
        ("lady bug", "ladybug"),
        ("three mice", "mouse"),
        ("wolves", "wolf"),
        ("cat sleeping", "cat"),
        ("earring", "earring"),
        ("raccoon opening a box", "raccoon"),
        ("running cow", "cow"),
        ("slice of pizza", "pizza"),
        ("bird with a worm", "bird"),
        ("picture of a cow", "cow"),
        ("school of fish", "fish"),
        ("cow silhouette 2", "cow"),
        ("bear trap", "bear trap"),
        ("dog house", "dog house"),
        ("hot dog", "hot dog"),
        ("bull's eye", "eye"),
        ("toy bear", "teddy bear"),
    ],
)
def test_the_last_noun_names_what_is_shown(name, concept):
    found = find(name)
    assert found is not None
    assert found.name == concept


@pytest.mark.parametrize("name", ["", "deathcab", "bird twitter", "coat rack", "wolf howls 3", "?"])
def test_names_that_do_not_tell(name):
    assert find(name) is None


@pytest.mark.parametrize("name", ["bull head", "head of a bull", "Bull-Face"])
def test_heads_have_no_body(name):
    assert find(name) == Attributes(
        name="bull",
        kind=("mammal",),
        shape=("head only",),
        trait=("horn",),
        covering="fur",
        pattern="plain",
        head=("horns",),
        mouth="broad muzzle",
        place="land",
        also=("steer",),
    )


def test_heads_of_tools_are_no_heads():
    assert find("hammer head") is None


def test_emoji_show_some_animals_as_a_face():
    drawn, emoji = find("bear"), find("bear", emoji=True)
    assert drawn is not None
    assert emoji is not None
    assert "head only" not in drawn.shape
    assert emoji.shape[0] == "head only"
    assert find("sad bear", emoji=True) is None


def test_keywords_are_asked_where_the_name_is_silent():
    found = find("rex", ["animal", "dog", "happy"])
    assert found is not None
    assert found.name == "dog"
    assert find("rex", ["dog"]) is None
    assert find("rex", ["animal", "dog", "cat"]) is None
    assert find("dog rack", ["animal", "dog"]) is None
    assert find("mascot", ["animal", "logo"]) is None


def test_kinds_of_subgroups():
    assert kind_of("food-fruit") == ("fruit", "food")
    assert kind_of("event") == ()
