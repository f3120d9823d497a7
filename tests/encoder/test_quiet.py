from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest
from huggingface_hub.utils import are_progress_bars_disabled
from transformers.utils import logging

from twentyq.encoder.quiet import quiet_transformers


@pytest.fixture(autouse=True)
def chatty() -> Iterator[None]:
    """Let transformers speak of everything during the test."""
    before = logging.get_verbosity()
    logging.set_verbosity(logging.INFO)
    yield
    logging.set_verbosity(before)


def is_chatty() -> bool:
    return logging.get_verbosity() == logging.INFO and logging.is_progress_bar_enabled()


def test_what_is_silenced_speaks_again_afterwards() -> None:
    with quiet_transformers():
        warnings.warn("an error outside", UserWarning, stacklevel=1)
        assert logging.get_verbosity() == logging.CRITICAL
        assert not logging.is_progress_bar_enabled()
        assert are_progress_bars_disabled()
    assert is_chatty()
    assert not are_progress_bars_disabled()
    with pytest.raises(UserWarning):
        warnings.warn("an error again", UserWarning, stacklevel=1)


def test_an_exception_passes_and_leaves_all_as_it_was() -> None:
    with pytest.raises(KeyError), quiet_transformers():
        raise KeyError
    assert is_chatty()
