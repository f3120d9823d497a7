import pytest

from twentyq.engine.threads import threads


@pytest.fixture(autouse=True, scope="package")
def _one_thread():
    """Arrays of a few numbers gain nothing from threads, and lose much where cores are shared."""
    with threads(1):
        yield
