import pytest

from twentyq.training.held_out import HELD_OUT_ICONS, held_out_animals, mentions_held_out

ICONS = """fox, tiger face, tiger, horse face, horse, unicorn, zebra, ram, elephant, rabbit face,
rabbit, hedgehog, kangaroo, penguin, duck, swan, owl, crocodile, shark, lobster, squid, butterfly,
honeybee, scorpion"""

TERMS = sorted({term for animal in held_out_animals() for term in animal.terms})


def test_the_24_icons_of_21_animals():
    assert list(HELD_OUT_ICONS) == [name.strip() for name in ICONS.split(",")]
    assert len(held_out_animals()) == 21


@pytest.mark.parametrize("term", TERMS)
def test_every_term_is_found_as_it_is_written_in_texts(term):
    for text in (term, term.upper(), f"a {term}.", f"{term}'s tail", f"{term}s", f"{term}-like"):
        assert mentions_held_out(text), text
    assert mentions_held_out(term.replace(" ", "_").replace("-", " ") + "_2")


@pytest.mark.parametrize(
    "text",
    [
        "foxes in the snow",
        "red-fox",
        "FoxHead",
        "fox_head",
        "fox2",
        "ponies",
        "bunnies",
        "butterflies",
        "Crawdaddies",
        "tigerish",
        "horselike",
        "shark-toothed",
        "a sea horse",
        "sea-horse",
        "bee eater",
        "spelling bee",
        "Vulpes  vulpes",
        "man eater",
        "Adélie",
        "great grey owls",
        "duck-billed platypus",
    ],
)
def test_mentions(text):
    assert mentions_held_out(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ramp",
        "program",
        "lighthorse",
        "seahorse",
        "horseshoe",
        "dragonfly",
        "beetle",
        "been",
        "foxglove",
        "nightmare",
        "swansea",
        "howl",
        "bowl of soup",
        "harem",
        "share",
        "sharp teeth",
        "root",
        "goose",
        "a wasp-like insect",
        "mammoth",
        "pier",
    ],
)
def test_no_mentions(text):
    assert not mentions_held_out(text)


def test_lemmas_of_imagenet_are_terms_each():
    shark = next(animal for animal in held_out_animals() if animal.name == "shark")
    assert {"man-eating shark", "carcharodon carcharias", "hammerhead"} <= set(shark.terms)
