import pytest

from tests.authoring.building.birdwatcher import ABOUT, BIRDS
from twentyq.authoring import model_faults
from twentyq.authoring.building.brief import write_brief
from twentyq.authoring.building.drafting import Terms
from twentyq.authoring.building.room import Room
from twentyq.authoring.language_model import LanguageModel


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Ask again without the waits that are right between machines."""
    monkeypatch.setattr(model_faults, "WAITS_S", (0.01, 0.01, 0.01))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def brief():
    return brief_of()


@pytest.fixture
def said():
    return []


@pytest.fixture
def terms(said):
    return Terms("tiny", Room(4096), 3, said.append)


def brief_of(classes=BIRDS, facts=None, groups=2, options=10):
    return write_brief("birds", ABOUT, classes, facts or {}, groups=groups, options=options)


def opened(server, **settings):
    given = {"max_calls": 50, "timeout_s": 5.0, "cache": None, "max_tokens": 1024}
    return LanguageModel.open("tiny", server.base, **(given | settings))
