"""`twentyq run` on the command line: sources, parts, refusals, shares, kills and full disks."""

import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from tests.batch.drawing import picture, write_tar
from tests.cli.conftest import until_closed
from tests.conftest import REPOSITORY
from tests.digests import digests
from tests.study.seeing import SYSTEM, SeeingEncoder, draw_pictures
from twentyq.cli import extras, main
from twentyq.encoder import open_picture
from twentyq.engine.threads import threads

SEEING = ("--system", "things.yaml", "--no-store",
          "--encoder", "python:tests.study.seeing:SeeingEncoder")  # fmt: skip


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """A system file, and ten pictures in folders of their labels."""
    (tmp_path / "things.yaml").write_text(SYSTEM)
    draw_pictures(tmp_path / "pictures", each=2)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    """The last bits of vectors may depend on how many threads there are."""
    with threads(1):
        yield


def rows(folder, kind="results"):
    return ds.dataset(folder / kind).to_table().to_pylist()


def test_a_run_with_every_option(drawn, twentyq):
    draw_pictures(drawn / "pictures", each=2, size=(20, 14))  # upright, as a card's art is cut from
    (drawn / "pictures" / "torn.png").write_bytes(b"torn")
    (drawn / "classes.txt").write_text("brick\napple\ngrass\nsky\n")
    typed = ("run", "pictures", *SEEING, "--out", "out", "--policy", "gini", "--stop",
             "confidence:0.8 | questions:2", "--budget", "6", "--decide", "score", "--scale",
             "encoder", "--classes", "classes.txt", "--skip-unused", "--reject", "0.6", "--top",
             "3", "--crop", "card-art", "--trace", "brief", "--shard-size", "4", "--batch-size",
             "3", "--workers", "0")  # fmt: skip
    ran = twentyq(*typed, "--format", "json")
    assert ran.code == 3, ran.err
    document = json.loads(ran.out)
    results, failures = rows(drawn / "out"), rows(drawn / "out", "failures")
    page = (REPOSITORY / "docs" / "run.md").read_text(encoding="utf-8")
    assert all(f"`{key}`" in page for key in (*document, *document["summary"]))
    assert document["shards"] == {"done": 3, "of": 3}
    assert document["summary"]["pictures"] == 11
    assert document["summary"]["failed"] == len(failures) == 1
    assert document["summary"]["prompts"] == 7
    assert document["summary"]["prompts_spent"] == sum(row["prompts_spent"] for row in results)
    labels = [row["label"] for row in results]
    assert document["summary"]["rejected"] == labels.count(None) > 0
    assert document["labels"] == {name: labels.count(name) for name in set(labels) - {None}}
    assert document["reasons"] == {failures[0]["reason"]: 1}
    assert (drawn / document["results"]).is_dir()
    assert all(len(row["ranking"]) == 3 and row["prompts_spent"] <= 6 for row in results)
    assert [len(row["trace"]) for row in results] == [len(row["groups_asked"]) for row in results]
    assert {row["stop_reason"] for row in results} <= {"confidence:0.8", "questions:2", "budget"}

    before = digests(drawn / "out")
    table = twentyq(*typed, "--resume")
    assert table.code == 3, table.err
    assert "pictures          10 classified, 1 failed\n" in tidied(table.out)
    assert "prompts embedded  0\n" in tidied(table.out)
    assert f"results           {Path('out') / 'results'}\n" in tidied(table.out)
    assert "failed            not a picture, or damaged at its very start 1\n" in tidied(table.out)
    assert digests(drawn / "out") == before

    refused = twentyq(*typed)
    assert refused.code == 2
    assert "out: a run lies in this folder" in refused.err
    other = twentyq(*typed[:-1], "0", "--mode", "adaptive", "--stop", "certain", "--resume")
    assert other.code == 2
    assert "begun with something else: stop\n  got: 'certain'" in other.err


def tidied(text):
    return "".join(line.rstrip() + "\n" for line in text.splitlines())


def test_every_source_of_the_same_pictures_says_the_same(drawn, twentyq):
    paths = sorted(drawn.glob("pictures/*/*.png"))
    names = [path.relative_to(drawn / "pictures").as_posix() for path in paths]
    (drawn / "table.csv").write_text("path\n" + "".join(f"pictures/{name}\n" for name in names))
    (drawn / "tars").mkdir()
    contents = [
        (name.replace("/", "-"), path.read_bytes()) for name, path in zip(names, paths, strict=True)
    ]
    write_tar(drawn / "tars" / "0.tar", contents[:4])
    write_tar(drawn / "tars" / "1.tar", contents[4:])
    vectors = SeeingEncoder().embed_images([open_picture(path) for path in paths]).numpy()
    np.save(drawn / "v.npy", vectors * 3)
    pq.write_table(pa.table({"embedding": list(vectors), "name": names}), drawn / "v.parquet")
    wanted = {
        "pictures": names,
        "table.csv": [f"pictures/{name}" for name in names],
        "tars": [f"{int(i >= 4)}.tar/{name}" for i, (name, _) in enumerate(contents)],
        "v.npy": [f"row {i}" for i in range(10)],
        "v.parquet": names,
    }
    told = {}
    for source, called in wanted.items():
        ran = twentyq("run", source, *SEEING, "--out", f"out-{source}")
        assert ran.code == 0, ran.err
        results = rows(drawn / f"out-{source}")
        assert [row["picture"] for row in results] == called
        told[source] = [
            (row["label"], row["groups_asked"], pytest.approx(row["posterior"], abs=1e-6))
            for row in results
        ]
    assert all(each == told["pictures"] for each in told.values())


def test_a_torn_archive_is_a_failure_beside_what_is_left_of_it(drawn, twentyq):
    write_tar(drawn / "0.tar", [(f"{i}.png", picture(i)) for i in range(5)])
    content = (drawn / "0.tar").read_bytes()
    (drawn / "0.tar").write_bytes(content[: content.index(picture(3)) + 20])
    ran = twentyq("run", "0.tar", *SEEING, "--out", "out")
    assert ran.code == 3
    assert [row["picture"] for row in rows(drawn / "out")] == [f"0.tar/{i}.png" for i in range(3)]
    failures = rows(drawn / "out", "failures")
    assert [row["picture"] for row in failures] == ["0.tar/3.png", "0.tar"]
    assert "ends within this picture" in failures[0]["reason"]
    assert "the archive is torn" in failures[1]["reason"]


def test_a_source_that_changed_is_not_gone_on_with(drawn, twentyq):
    write_tar(drawn / "0.tar", [("0.png", picture(0))])
    typed = ("run", "0.tar", *SEEING, "--out", "out", "--resume")
    assert twentyq(*typed).code == 0
    write_tar(drawn / "0.tar", [("0.png", picture(0)), ("1.png", picture(1))])
    ran = twentyq(*typed)
    assert ran.code == 2
    assert "begun with something else: files" in ran.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--policy", "gaim"), "did you mean 'gain'?"),
        (("--stop", "surely"), "surely"),
        (("--shard", "4/4"), "--shard: this names no share of the shards"),
        (("--system", "thinks.yaml"), "thinks.yaml"),
        (("--classes", "none.txt"), "none.txt"),
        (("--calibration", "none.json"), "none.json"),
        (("--mode", "full", "--budget", "5"), "this steers adaptive play"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_written(options, said, drawn, twentyq):
    ran = twentyq("run", "pictures", *SEEING, "--out", "out", *options)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert not (drawn / "out").exists()


def test_embeddings_are_not_cut_and_must_fit_the_encoder(drawn, twentyq):
    np.save(drawn / "v.npy", np.eye(4))
    cut = twentyq("run", "v.npy", *SEEING, "--out", "out", "--crop", "card-art")
    assert cut.code == 2
    assert "embeddings cannot be cut any more" in cut.err
    ran = twentyq("run", "v.npy", *SEEING, "--out", "out")
    assert ran.code == 4
    assert "vectors of pictures and of prompts do not fit together" in ran.err


def test_a_missing_extra_is_named_with_its_remedy(drawn, twentyq, monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda name: find_spec(name) and None)
    ran = twentyq("run", "pictures", "--out", "out")
    assert ran.code == 2
    assert ran.err == (
        "twentyq: installation: runs over many pictures need packages that are not installed\n"
        "  got: no pyarrow, filelock\n"
        "  to mend: pip install 'twentyq[run]'\n"
    )


def test_the_builtin_encoder_on_real_pictures_says_what_classify_says(tmp_path, twentyq):
    """Ten perturbed drawings, in one batch in both commands."""
    (tmp_path / "pictures").mkdir()
    for number, path in enumerate(sorted((REPOSITORY / "examples").glob("*.png"))):
        with Image.open(path) as image:
            image.rotate(5).convert("RGB").save(tmp_path / "pictures" / f"{number}.jpg")
            image.resize((90, 120)).save(tmp_path / "pictures" / f"{number}-small.png")
    folder = str(tmp_path / "pictures")
    ran = twentyq("run", folder, "--out", tmp_path / "out", "--mode", "full", "--format", "json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["summary"]["prompts_embedded"] > 50
    alone = twentyq("classify", folder, "--mode", "full", "--format", "json", "--trace", "none")
    entries = json.loads(alone.out)["results"]
    for row, entry in zip(rows(tmp_path / "out"), entries, strict=True):
        assert Path(entry["picture"]).name == row["picture"]
        assert row["ranking"] == [
            {
                "label": ranked["label"],
                "score": pytest.approx(ranked["score"], abs=1e-5),
                "posterior": pytest.approx(ranked["posterior"], abs=1e-5),
            }
            for ranked in entry["ranking"]
        ]


def in_a_process(folder: Path, *typed: str) -> None:
    """Run the command line in a folder, as the console script does."""
    os.chdir(folder)
    torch.set_num_threads(1)
    os.environ["TWENTYQ_CACHE"] = str(folder / "cache")
    sys.argv = ["twentyq", "run", *typed]
    with Path(os.devnull).open("w") as sys.stdout:
        main()


@pytest.fixture
def begun():
    """Begin runs in processes forked from a server that has imported everything."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.cli.test_run", "twentyq.batch.beginning",
                                    "twentyq.batch.local", "twentyq.cli.run_report"])  # fmt: skip
    processes = []

    def begin(folder: Path, *typed: str):
        process = context.Process(target=in_a_process, args=(folder, *typed), daemon=True)
        process.start()
        processes.append(process)
        return process

    yield begin
    for process in processes:
        process.kill()
        process.join()


PATIENT = ("../pictures", "--system", "../things.yaml", "--no-store", "--out", "out",
           "--encoder", "python:tests.study.seeing:PatientEncoder",
           "--shard-size", "4", "--batch-size", "2")  # fmt: skip
BUILTIN = ("../pictures", "--no-store", "--out", "out", "--shard-size", "4", "--batch-size", "2")


def draw_real_pictures(folder: Path, count: int) -> None:
    """Save turned and scaled copies of the drawings in examples/, and now and then a torn one."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    drawings = [open_picture(path) for path in sorted((REPOSITORY / "examples").glob("*.png"))]
    for number in range(count):
        drawing = drawings[number % len(drawings)].rotate(rng.uniform(-20, 20), fillcolor="white")
        path = folder / f"{number:04}.jpg"
        drawing.resize((int(rng.integers(40, 200)), 96)).save(path)
        if number % 9 == 8:
            path.write_bytes(path.read_bytes()[: rng.integers(0, 300)])


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
@pytest.mark.parametrize(
    ("kills", "typed"),
    [(3, PATIENT), pytest.param(20, BUILTIN, marks=pytest.mark.slow, id="20-builtin")],
)
def test_a_killed_and_resumed_run_ends_with_the_same_bytes(kills, typed, drawn, begun):
    """Every kill comes at a random moment after a new part."""
    moments = random.Random(kills)
    if typed is BUILTIN:
        shutil.rmtree(drawn / "pictures")
        draw_real_pictures(drawn / "pictures", 600)
    else:
        draw_pictures(drawn / "pictures", each=8)
        (drawn / "pictures" / "apple" / "05.png").write_bytes(b"torn")
    unbroken, broken = drawn / "unbroken", drawn / "broken"
    unbroken.mkdir()
    broken.mkdir()

    def parts() -> int:
        return len(list(broken.glob("out/results/*.parquet")))

    for _ in range(kills):
        before = parts()
        run = begun(broken, *typed, "--resume")
        while run.is_alive() and parts() <= before:
            time.sleep(0.001)
        time.sleep(moments.uniform(0, 0.5))
        assert run.is_alive(), "it ended before it could be killed"
        os.kill(run.pid, signal.SIGKILL)
        run.join()
        assert run.exitcode == -signal.SIGKILL
    runs = [begun(broken, *typed, "--resume"), begun(unbroken, *typed)]
    for run in runs:
        run.join()
    assert [run.exitcode for run in runs] == [3, 3]
    assert digests(broken / "out") == digests(unbroken / "out")
    named = [
        row["picture"] for kind in ("results", "failures") for row in rows(broken / "out", kind)
    ]
    pictures = (drawn / "pictures").rglob("*.*g")
    assert sorted(named) == sorted(p.relative_to(drawn / "pictures").as_posix() for p in pictures)


@pytest.mark.skipif(os.name != "posix", reason="only POSIX systems have pseudo-terminals")
def test_progress_shows_rate_and_time_left_on_a_terminal(drawn):
    import pty

    draw_pictures(drawn / "pictures", each=3)
    command = [sys.executable, "-m", "twentyq", "run", "pictures", *SEEING[:-1],
               "python:tests.study.seeing:PatientEncoder", "--out", "out", "--batch-size", "4",
               "--format", "json"]  # fmt: skip
    ours, terminal = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as shown:
        environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "COLUMNS": "100"}
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=terminal, env=environment
        )
        os.close(terminal)
        told = b"".join(until_closed(shown))
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0, told
    assert json.loads(out)["summary"]["pictures"] == 15
    assert b"0/15" in told
    assert b"12/15" in told
    assert re.search(rb"\d\.\d/s", told)
    assert re.search(rb"0:00:0\d", told)


def test_processes_share_a_run_in_any_number_and_at_the_same_time(drawn, begun):
    """Two with a share each, and one that takes whatever nobody is making."""
    draw_pictures(drawn / "pictures", each=5)
    together, alone = drawn / "together", drawn / "alone"
    together.mkdir()
    alone.mkdir()
    shares = [("--shard", "0/2"), ("--shard", "1/2"), ("--resume",)]
    runs = [begun(together, *PATIENT, *share) for share in shares] + [begun(alone, *PATIENT)]
    for run in runs:
        run.join()
    assert [run.exitcode for run in runs] == [0, 0, 0, 0]
    assert digests(together / "out") == digests(alone / "out")


FULL_DISK = """
import json, shutil, subprocess, sys
from pathlib import Path
import torch
from tests.digests import digests
from twentyq.cli import main

torch.set_num_threads(1)

def code():
    try:
        main()
    except SystemExit as left:
        return left.code

codes = [code()]
kept = digests(Path("full/out"))
subprocess.run(["mount", "-o", "remount,size=16m", "full"], check=True)
sys.argv.append("--resume")
codes.append(code())
shutil.copytree("full/out", "out")
Path("told.json").write_text(json.dumps({"codes": codes, "kept": kept}))
"""


def can_mount() -> bool:
    """Whether a user may mount a disk of his own, as containers often forbid."""
    if shutil.which("unshare") is None:
        return False
    alone = ("unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "x", "/mnt")
    return subprocess.run(alone, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="needs a disk that can be filled: unshare and mount")
def test_a_full_disk_is_told_and_what_is_written_stays(drawn, twentyq):
    draw_pictures(drawn / "pictures", each=8)
    (drawn / "full").mkdir()
    typed = ("pictures", *SEEING, "--shard-size", "4")
    script = 'mount -t tmpfs -o size=64k full full && exec "$@"'
    ran = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh",
         sys.executable, "-c", FULL_DISK, "run", *typed, "--out", "full/out"],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    told = json.loads((drawn / "told.json").read_text())
    assert told["codes"] == [5, 0], ran.stderr
    assert "full/out/" in ran.stderr
    assert ": the folder of the run cannot be used\n" in ran.stderr
    assert "No space left on device" in ran.stderr
    assert "continue with --resume" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert twentyq("run", *typed, "--out", "whole").code == 0
    made = digests(drawn / "whole")
    assert digests(drawn / "out") == made
    written = [name for name in told["kept"] if name.startswith("results/")]
    assert 0 < len(written) < 10
    assert told["kept"].items() <= made.items()
