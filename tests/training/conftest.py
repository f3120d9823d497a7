"""Small models are fastest on one thread, which also makes their sums the same every time."""

from collections.abc import Iterator

import pytest

from twentyq.engine.threads import threads


@pytest.fixture(autouse=True, scope="package")
def one_thread() -> Iterator[None]:
    """Run torch on one thread, also while fixtures of a whole module are made."""
    with threads(1):
        yield
