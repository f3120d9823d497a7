"""Fixtures for every room: the data beside the repository, and a user's machine of its own."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# huggingface_hub and transformers read these once, when they are first imported.
HUGGING_FACE = tempfile.TemporaryDirectory(prefix="twentyq-tests-")
os.environ["HF_HOME"] = HUGGING_FACE.name
os.environ["HF_HUB_OFFLINE"] = "1"


def pytest_unconfigure() -> None:
    """Remove what the tests' hub cache held."""
    HUGGING_FACE.cleanup()


# A machine under load is slow; that is no fault of the code under test.
settings.register_profile(
    "twentyq",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
settings.load_profile("twentyq")

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep tests from the user's cache folder and settings."""
    for name in [name for name in os.environ if name.startswith("TWENTYQ_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TWENTYQ_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real data beside the repository."""
    folder = REPOSITORY.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the real data in ../shared, beside the repository")
    return folder
