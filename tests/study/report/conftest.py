"""A report on a realistic summary, rendered once for the tests of its files."""

from pathlib import Path

import pytest

from tests.study.report.summaries import stories, summary
from twentyq.study.report import render


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("study") / "report"
    render(summary(), stories(), path)
    return path
