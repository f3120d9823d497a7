import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twentyq import errors


def test_a_message_has_its_parts_in_order():
    error = errors.SystemFileError(
        "no such option", where="a.yaml, line 3", got="'whit'", allowed="white, gray", mend="try"
    )
    assert str(error).splitlines() == [
        "a.yaml, line 3: no such option",
        "  got: 'whit'",
        "  allowed: white, gray",
        "  to mend: try",
    ]


def test_absent_parts_leave_no_line():
    assert str(errors.StoreError("full")) == "full"


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.TwentyqError, 1),
        (errors.UsageError, 2),
        (errors.SystemFileError, 2),
        (errors.PictureError, 3),
        (errors.EncoderError, 4),
        (errors.SimilarityError, 4),
        (errors.LanguageModelError, 4),
        (errors.StoreError, 5),
        (errors.TrainingError, 6),
    ],
)
def test_exit_codes_and_pickling(kind, code):
    error = kind("w", where="x", got="y", allowed="z", mend="m")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert copy.exit_code == code
    assert str(copy) == str(error)


def test_nearest_finds_what_was_meant_and_nothing_else():
    assert errors.nearest("Whit", ["gray", "white"]) == "white"
    assert errors.nearest("zebra", ["gray", "white"]) is None


@given(
    st.one_of(st.text(max_size=2000), st.lists(st.text()), st.dictionaries(st.text(), st.text()))
)
def test_anything_is_shown_on_one_short_printable_line(value):
    line = errors.shown(value)
    assert line.isprintable()
    assert len(line) < 1200


def test_a_short_value_is_shown_whole_and_a_long_one_by_its_ends():
    assert errors.shown("a wolf\n\x1b[31m\u202e") == r"'a wolf\n\x1b[31m\u202e'"
    line = errors.shown("begin" + "x" * 10_000 + "end")
    assert len(line) == errors.LONGEST
    assert line.startswith("'begin")
    assert line.endswith("end'")
    assert "..." in line
    assert errors.shown(16**5000) == "a number of thousands of digits"


def test_a_suggestion_is_made_only_where_a_name_is_near():
    assert errors.suggestion("colour", ["shape", "color"]) == "did you mean 'color'?"
    assert errors.suggestion("xyz" * 100_000, ["shape", "color"]) is None
