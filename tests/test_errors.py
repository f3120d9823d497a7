import pickle

import pytest

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
        (errors.StoreError, 5),
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
