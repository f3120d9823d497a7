"""The dictionary of the article, as published."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def block(shared: Path) -> str:
    """Return the text of `pokemon_system`, with its comments and its non-breaking spaces."""
    found = sorted((shared / "seeds").glob("*.txt"))
    for path in found:
        article = path.read_text(encoding="utf-8")
        start = article.find("pokemon_system\u00a0=\u00a0{")
        if start >= 0:
            return article[start : article.index("\n}\n}", start) + 4]
    pytest.skip("needs the article in ../shared/seeds")
