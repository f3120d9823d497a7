import pytest

from tests.training.packages import ROUND, TALL, emoji_names, icon_set, write_files
from twentyq.training.emoji import read_emoji
from twentyq.training.icons import INK, emoji_drawings, icon_drawings


@pytest.fixture
def names(tmp_path):
    unicode_names, emojibase = emoji_names()
    return read_emoji(
        write_files(tmp_path / "unicode", unicode_names),
        write_files(tmp_path / "emojibase", emojibase),
        [],
    )


def test_emoji_are_named_by_code_points_and_not_twice(tmp_path, names):
    icons = {"a": ROUND, "beaver": TALL, "cloud-1": ROUND, "cloud-2": TALL, "unheard-of": ROUND}
    folder = write_files(tmp_path / "set", icon_set(icons, {"1f9ab": "a"}))
    drawings = emoji_drawings("noto", folder, names)
    assert [(one.name, one.codepoints) for one in drawings] == [
        ("beaver", "1f9ab"),
        ("cloud", "2601"),
        ("cloud", "2601"),
    ]
    beaver = drawings[0]
    assert (beaver.style, beaver.keywords) == ("noto", ("dam",))
    assert (beaver.group, beaver.subgroup) == ("animals-nature", "animal-mammal")
    assert ROUND in beaver.svg


def test_icons_that_a_set_keeps_for_old_users_are_left_out(tmp_path, names):
    icons = {"beaver": {"body": ROUND, "hidden": True}}
    assert emoji_drawings("noto", write_files(tmp_path / "set", icon_set(icons)), names) == []


def test_a_named_icon_says_what_it_shows(tmp_path):
    icons = {"wolf-head": TALL, "mine-cart-2": ROUND, "abstract-012": ROUND, "cavalry": ROUND}
    drawings = icon_drawings("game-icons", write_files(tmp_path / "set", icon_set(icons)))
    assert [one.name for one in drawings] == ["wolf head", "mine cart"]
    assert all(one.group is None and one.codepoints is None for one in drawings)


def test_the_box_of_a_set_or_of_an_icon_is_kept_and_its_open_colour_is_ink(tmp_path):
    icons = {"a": ROUND, "b": {"body": ROUND, "left": -4, "width": 24}}
    plain, wide = icon_drawings("x", write_files(tmp_path / "set", icon_set(icons)))
    assert f'viewBox="0 0 16 16" color="{INK}"' in plain.svg
    assert 'viewBox="-4 0 24 16"' in wide.svg
