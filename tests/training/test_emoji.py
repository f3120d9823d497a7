import json

import pytest

from tests.training.packages import emoji_names, write_files
from twentyq.training.emoji import Emoji, EmojiNames, fold, plain_codepoints, read_emoji


@pytest.fixture
def names(tmp_path) -> EmojiNames:
    unicode_names, emojibase = emoji_names()
    characters = tmp_path / "chars.json"
    characters.write_text(json.dumps({"1f9ab": "flat-tail", "1f1eb-1f1f7": "flag-france"}))
    return read_emoji(
        write_files(tmp_path / "unicode", unicode_names),
        write_files(tmp_path / "emojibase", emojibase),
        [characters],
    )


def test_an_emoji_has_its_name_in_lower_case_and_the_keys_of_its_groups(names):
    assert names.emoji["1fabf"] == Emoji(
        codepoints="1fabf",
        name="goose",
        keywords=("bird", "duck"),
        group="animals-nature",
        subgroup="animal-bird",
    )


def test_flags_joined_people_and_arrows_are_not_drawn_but_shapes_are(names):
    kept = {emoji.name for emoji in names.emoji.values()}
    assert kept == {"beaver", "goose", "fox", "cloud", "red triangle pointed up"}


@pytest.mark.parametrize(
    ("icon", "codepoints", "found"),
    [
        ("whatever", "1f9ab", "beaver"),
        ("beaver", None, "beaver"),
        ("Beaver-2", None, "beaver"),
        ("flat-tail", None, "beaver"),
        ("castor", None, "beaver"),
        ("fog", None, "cloud"),
        ("flag-france", None, None),
        ("beaver", "1f1eb-1f1f7", None),
        ("nothing", None, None),
    ],
)
def test_an_icon_is_known_by_code_points_or_else_by_any_of_its_names(
    names, icon, codepoints, found
):
    emoji = names.find("noto", icon, codepoints)
    assert (emoji and emoji.name) == found


def test_a_set_s_own_meaning_of_a_name_counts_for_that_set_alone(names):
    dog, face = (
        Emoji(codepoints, name, (), "animals-nature", "animal-mammal")
        for codepoints, name in (("1f415", "dog"), ("1f436", "dog face"))
    )
    emoji = {one.codepoints: one for one in (dog, face)}
    both = EmojiNames(emoji, {fold(one.name): one.codepoints for one in (dog, face)})
    assert both.find("noto", "dog", None) == dog
    assert both.find("fxemoji", "dog", None) == face
    assert both.find("fxemoji", "dogside", None) == dog


def test_selectors_of_colour_are_no_part_of_an_emoji():
    assert plain_codepoints("2601-FE0F") == "2601"
