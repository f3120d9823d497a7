from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.study.seeing import COMMAND, SETTINGS, SYSTEM, SeeingEncoder, draw_pictures
from twentyq.engine import compile_plan
from twentyq.engine.threads import threads
from twentyq.study.labelled import read_labelled
from twentyq.study.run import Study, run_study
from twentyq.study.similarities import observe
from twentyq.study.summary import Summary
from twentyq.study.ways import Studied
from twentyq.system import parse_system


@pytest.fixture(autouse=True, scope="package")
def _one_thread():
    """Arrays of a few numbers gain nothing from threads, and lose much where cores are shared."""
    with threads(1):
        yield


@pytest.fixture(scope="package")
def pictures_of_things(tmp_path_factory) -> Path:
    """Forty pictures in folders of their labels, and one that is torn."""
    folder = tmp_path_factory.mktemp("things")
    draw_pictures(folder, each=8)
    (folder / "sky" / "torn.png").write_bytes(b"\x89PNG, but no more than that")
    return folder


@pytest.fixture(scope="package")
def study_of_things(pictures_of_things) -> Study:
    system = parse_system(SYSTEM, "things.yaml")
    plan = compile_plan(system)
    labelled = read_labelled(str(pictures_of_things), plan.labels)
    return Study(system, plan, SeeingEncoder(), labelled)


@pytest.fixture(scope="package")
def studied(study_of_things, tmp_path_factory) -> Studied:
    """The pictures as the encoder sees them, for figures without a whole study."""
    study = study_of_things
    seen = observe(
        study.labelled, study.system, study.plan, study.encoder, tmp_path_factory.mktemp("seen")
    )
    return Studied(study.system, study.plan, "seeing", "seeing v1", study.encoder.scale, seen)


@dataclass(frozen=True)
class Done:
    """A whole study: its folder, and the summary that was returned."""

    folder: Path
    summary: Summary


@pytest.fixture(scope="package")
def done(study_of_things, tmp_path_factory) -> Done:
    """A whole study of the pictures, by two policies and with every control."""
    folder = tmp_path_factory.mktemp("studies") / "unbroken"
    return Done(folder, run_study(study_of_things, SETTINGS, folder, command=COMMAND))
