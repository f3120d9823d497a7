from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from twentyq.encoder.wording import cause, shown


@given(st.text(alphabet=st.characters(), max_size=2000))
def test_anything_is_shown_in_one_short_printable_line(text: str) -> None:
    for line in (shown(text), cause(ValueError(text))):
        assert line.isprintable()
        assert len(line) < 300


def test_a_short_text_is_shown_whole() -> None:
    assert shown("a wolf") == "'a wolf'"
    assert shown("x" * 1000).endswith("(1000 characters)")


def test_a_cause_is_its_class_and_first_line() -> None:
    assert cause(OSError("no space\nleft")) == "OSError: no space"
    assert cause(MemoryError()) == "MemoryError"
