"""`twentyq study` on the command line: what it prints, writes and refuses, killed and resumed."""

import csv
import json
import multiprocessing
import os
import signal
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from tests.digests import digests
from tests.study.seeing import SYSTEM, draw_pictures
from twentyq.cli import extras, main
from twentyq.engine.threads import threads

QUICK = ("--policy", "gain", "--no-controls", "--no-store")
SEEING = ("--encoder", "python:tests.study.seeing:SeeingEncoder")


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """A system file, and pictures in folders of their labels."""
    (tmp_path / "things.yaml").write_text(SYSTEM)
    draw_pictures(tmp_path / "pictures", each=4)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    """The last bits of vectors may depend on how many threads there are."""
    with threads(1):
        yield


def test_a_study_with_every_option(drawn, twentyq, monkeypatch):
    draw_pictures(drawn / "pictures", each=4, size=(20, 14))  # upright, as a card's art is cut from
    (drawn / "pictures" / "sky").rename(drawn / "pictures" / "heaven")
    (drawn / "pictures" / "heaven" / "torn.png").write_bytes(b"torn")
    (drawn / "labels.csv").write_text("folder,label\nheaven,sky\n")
    (drawn / "classes.txt").write_text("brick\napple\ngrass\nsky\n")
    monkeypatch.setenv("TWENTYQ_SYSTEM", "things.yaml")
    typed = ("study", "pictures", *SEEING, *QUICK, "--stop", "certain", "--stop", "questions:2",
             "--stop", "certain", "--labels", "labels.csv", "--classes", "classes.txt",
             "--skip-unused", "--crop", "card-art", "--out", "out")  # fmt: skip
    ran = twentyq(*typed)
    assert ran.code == 3, ran.err
    assert "pictures  16 studied of 21; chance 25.0%; full spends 7 prompts\n" in ran.out
    assert "left out  unknown label: 4\nleft out  unreadable: 1\n" in ran.out
    assert ran.out.endswith(f"report    {Path('out') / 'report.html'}\n")
    assert (drawn / "out" / "report.html").stat().st_size > 10_000
    summary = json.loads((drawn / "out" / "summary.json").read_text())
    assert [mode["name"] for mode in summary["modes"] if mode["mode"] == "adaptive"] == [
        "gain, certain",
        "gain, questions:2",
    ]
    assert (summary["subject"]["classes"], summary["subject"]["prompts"]) == (4, 7)
    assert json.loads((drawn / "out" / "run.json").read_text())["crop"] == "card-art"
    command = (drawn / "out" / "command.txt").read_text()
    assert command.startswith("TWENTYQ_SYSTEM=things.yaml twentyq study pictures --encoder ")
    assert str(drawn) not in command

    before = digests(drawn / "out")
    again = twentyq(*typed, "--resume")
    assert (again.code, again.out) == (3, ran.out)
    assert digests(drawn / "out") == before

    refused = twentyq(*typed)
    assert refused.code == 2
    assert "out: the folder is not empty" in refused.err
    assert "add --resume to continue" in refused.err
    other = twentyq(*typed[:-3], "none", "--out", "out", "--resume")
    assert other.code == 2
    assert "begun with something else: crop" in other.err


def test_a_table_of_paths_and_a_clip(drawn, twentyq, clip_folder):
    rows = [(path.relative_to(drawn), path.parent.name) for path in drawn.glob("pictures/*/*.png")]
    with (drawn / "table.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("path", "label"), *sorted(rows)])
    ran = twentyq("study", "table.csv", "--system", "things.yaml", "--encoder", clip_folder, *QUICK)
    assert ran.code == 0, ran.err
    assert "pictures  20 studied of 20" in ran.out
    assert len((drawn / "study" / "results.jsonl").read_text().splitlines()) == 60


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--policy", "gaim"), "did you mean 'gain'?"),
        (("--stop", "certain", "--stop", "surely"), "surely"),
        (("--policy", "static:smell"), "the order names a group that the system does not have"),
        (("--stop", "agrees:0.99"), "twentyq calibrate writes one"),
        (("--calibration", "none.json"), "none.json"),
        (("--classes", "none.txt"), "none.txt"),
        (("--system", "animals"), "none of the pictures has a label of the system"),
    ],
)
def test_what_cannot_be_done_is_said_before_any_work(options, said, drawn, twentyq):
    ran = twentyq("study", "pictures", "--system", "things.yaml", *SEEING, "--no-store", *options)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert not (drawn / "study").exists()


def test_a_missing_extra_is_named_with_its_remedy(drawn, twentyq, monkeypatch):
    missing = {"sklearn", "jinja2"}
    monkeypatch.setattr(
        extras, "find_spec", lambda name: None if name in missing else find_spec(name)
    )
    ran = twentyq("study", "pictures")
    assert ran.code == 2
    assert ran.err == (
        "twentyq: installation: studies need packages that are not installed\n"
        "  got: no sklearn, jinja2\n"
        "  to mend: pip install 'twentyq[study]'\n"
    )


def study_in_a_process(folder: Path) -> None:
    """Run the command line in a folder, as the console script does."""
    os.chdir(folder)
    torch.set_num_threads(1)
    sys.argv = ["twentyq", *RESUMED]
    with Path(os.devnull).open("w") as sys.stdout:
        main()


STUDY = ("study", "../pictures", "--system", "../things.yaml", "--stop", "confidence:0.7", *QUICK,
         "--encoder", "python:tests.study.seeing:PatientEncoder", "--out", "out")  # fmt: skip
RESUMED = (*STUDY, "--resume")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
@pytest.mark.parametrize(
    ("kills", "each"), [(3, 40), pytest.param(10, 130, marks=pytest.mark.slow)]
)
def test_a_killed_and_resumed_study_ends_with_the_same_bytes(
    kills, each, drawn, twentyq, monkeypatch
):
    """Every kill comes after progress: a new batch, and at last all the similarities."""
    draw_pictures(drawn / "pictures", each=each)
    unbroken, broken = drawn / "unbroken", drawn / "broken"
    unbroken.mkdir()
    broken.mkdir()
    # A server that has imported everything, and forks each run from itself.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.cli.test_study", "twentyq.study.run"])
    seen = broken / "out" / "similarities.npz"

    def batches() -> int:
        return len(list(broken.glob("out/pictures/*.npz")))

    for number in range(kills):
        before, last = batches(), number == kills - 1
        run = context.Process(target=study_in_a_process, args=(broken,))
        run.start()
        while run.is_alive() and not (seen.exists() if last else batches() > before):
            time.sleep(0.001)
        os.kill(run.pid, signal.SIGKILL)
        run.join()
        assert run.exitcode == -signal.SIGKILL, "it ended before it could be killed"
        assert seen.exists() == last
    assert not (broken / "out" / "report.html").exists()
    run = context.Process(target=study_in_a_process, args=(broken,))
    run.start()
    run.join()
    assert run.exitcode == 0

    monkeypatch.chdir(unbroken)
    assert twentyq(*STUDY).code == 0
    assert digests(broken / "out") == digests(unbroken / "out")
