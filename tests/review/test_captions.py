import pytest
from hypothesis import given
from hypothesis import strategies as st

from twentyq.review.captions import LONGEST, brief, percent, shortened, wrapped

names = st.lists(st.text("ab c", min_size=1, max_size=30), min_size=1, max_size=12)


def test_brief():
    assert brief("x" * LONGEST) == "x" * LONGEST
    assert brief("x" * (LONGEST + 1)) == "x" * (LONGEST - 1) + "…"


@pytest.mark.parametrize(
    ("limit", "line"),
    [
        (30, "red / green / blue"),
        (18, "red / green / blue"),
        (17, "red / green +1"),
        (13, "red +2"),
        (1, "red +2"),
    ],
)
def test_shortened(limit, line):
    assert shortened(["red", "green", "blue"], limit) == line


@given(names, st.integers(1, 60))
def test_what_is_shortened_fits_or_is_one_name(found, limit):
    line = shortened(found, limit)
    assert line.startswith(found[0])
    assert len(line) <= limit or line in (found[0], f"{found[0]} +{len(found) - 1}")


def test_wrapped():
    assert wrapped(["one", "two", "three"], 20) == ["one, two, three"]
    assert wrapped(["one", "two", "three"], 10) == ["one, two,", "three"]
    assert wrapped(["Mr. Mime", "Ho-Oh"], 3) == ["Mr. Mime,", "Ho-Oh"]


@given(names, st.integers(1, 60))
def test_wrapping_keeps_every_name_whole(found, limit):
    lines = wrapped(found, limit)
    assert " ".join(lines) == ", ".join(found)
    assert all(len(line) <= limit + 1 or line.removesuffix(",") in found for line in lines)


@pytest.mark.parametrize(
    ("share", "text"), [(1.0, "100 %"), (0.1875, "19 %"), (0.0625, "6.2 %"), (0.000282, "0.028 %")]
)
def test_percent(share, text):
    assert percent(share) == text
