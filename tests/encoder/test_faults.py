from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from twentyq.encoder.faults import cause, retold
from twentyq.errors import EncoderError, PictureError


@given(st.text(alphabet=st.characters(), max_size=2000))
def test_any_cause_is_one_short_printable_line(text: str) -> None:
    line = cause(ValueError(text))
    assert line.isprintable()
    assert len(line) < 300


def test_a_cause_is_its_class_and_first_line() -> None:
    assert cause(OSError("no space\nleft")) == "OSError: no space"
    assert cause(MemoryError()) == "MemoryError"


def test_foreign_exceptions_are_retold() -> None:
    with pytest.raises(EncoderError) as caught, retold("it fails", where="here", mend="mend it"):
        raise KeyError("key")
    assert str(caught.value) == "here: it fails\n  got: KeyError: 'key'\n  to mend: mend it"
    assert isinstance(caught.value.__cause__, KeyError)


@pytest.mark.parametrize("fault", [PictureError("ours"), torch.OutOfMemoryError("full")])
def test_our_errors_and_a_full_memory_pass(fault: Exception) -> None:
    with pytest.raises(type(fault)) as caught, retold("it fails", where="here"):
        raise fault
    assert caught.value is fault
