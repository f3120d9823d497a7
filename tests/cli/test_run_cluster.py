"""`twentyq run --backend ray` on a real Ray cluster of two nodes, of which one is killed."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.dataset as ds
import pytest

from tests.cli.test_run import SEEING, draw_real_pictures
from tests.conftest import REPOSITORY
from tests.study.seeing import SYSTEM, draw_pictures
from twentyq.cli import extras

PATIENT = (*SEEING[:-1], "python:tests.study.seeing:PatientEncoder")
NEAR = 1e-5  # what another number of threads, or another machine, may change in a float
MEMORY = 80 * 2**20  # bytes of a node's object store
QUICK_TO_MISS = {
    "health_check_initial_delay_ms": 500,
    "health_check_period_ms": 500,
    "health_check_timeout_ms": 1000,
    "health_check_failure_threshold": 2,
}


@pytest.fixture
def cluster():
    """A head that computes nothing, and two nodes with a core each."""
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 0, "object_store_memory": MEMORY, "_system_config": QUICK_TO_MISS}
    made = Cluster(initialize_head=True, head_node_args=head)
    for _ in range(2):
        made.add_node(num_cpus=1, object_store_memory=MEMORY)
    yield made
    made.shutdown()


def begin(*typed: str) -> subprocess.Popen[str]:
    """Begin a run as a user does, in the folder of the test."""
    return subprocess.Popen(
        [sys.executable, "-m", "twentyq", "run", *typed],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def parts(folder: Path) -> int:
    return len(list(folder.glob("results/*.parquet")))


def table(folder: Path, kind: str = "results") -> dict[str, dict]:
    """All rows of a run by picture; none of them twice."""
    rows = ds.dataset(folder / kind).to_table().to_pylist()
    named = {row["picture"]: row for row in rows}
    assert len(named) == len(rows)
    return named


def near_ties(ours: dict[str, dict], theirs: dict[str, dict]) -> int:
    """Count the pictures that are labelled otherwise, which only a near tie may be."""
    assert ours.keys() == theirs.keys()
    otherwise = 0
    for picture, row in ours.items():
        other = theirs[picture]
        if row["label"] != other["label"]:
            first, second = (ranked["score"] for ranked in row["ranking"][:2])
            assert first - second < NEAR
            otherwise += 1
            continue
        assert row["posterior"] == pytest.approx(other["posterior"], abs=NEAR)
        assert [ranked["score"] for ranked in row["ranking"]] == [
            pytest.approx(ranked["score"], abs=NEAR) for ranked in other["ranking"]
        ]
    return otherwise


@pytest.mark.parametrize(
    ("alone", "on_cluster", "pictures"),
    [(SEEING, PATIENT, 96), pytest.param((), (), 480, marks=pytest.mark.slow, id="builtin")],
)
def test_a_node_is_killed_and_no_picture_is_lost_or_counted_twice(
    alone, on_cluster, pictures, cluster, tmp_path, twentyq, monkeypatch
):
    """Real pictures; a node goes when the first parts are there."""
    (tmp_path / "things.yaml").write_text(SYSTEM)
    draw_real_pictures(tmp_path / "pictures", pictures)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    typed = ("pictures", "--shard-size", "12", "--batch-size", "4", "--mode", "full",
             "--format", "json")  # fmt: skip
    assert twentyq("run", *typed, *alone, "--out", "alone").code == 3
    typed += (*on_cluster, "--backend", "ray", "--address", cluster.address)
    with begin(*typed, "--out", "out") as run:
        while run.poll() is None and parts(tmp_path / "out") < 3:
            time.sleep(0.01)
        assert run.poll() is None, run.stderr.read()
        cluster.remove_node(cluster.list_all_nodes()[-1], allow_graceful=False)
        out, err = run.communicate()
    assert run.returncode == 3, err
    assert "Traceback" not in err
    assert json.loads(out)["shards"] == {"done": pictures // 12, "of": pictures // 12}
    assert near_ties(table(tmp_path / "out"), table(tmp_path / "alone")) <= 2
    failed = table(tmp_path / "out", "failures")
    assert failed == table(tmp_path / "alone", "failures")
    assert len(failed) == pictures // 9
    named = table(tmp_path / "out").keys() | failed.keys()
    assert named == {path.name for path in (tmp_path / "pictures").iterdir()}


@pytest.mark.slow
def test_backends_go_on_with_each_others_runs_and_decode_where_they_like(
    cluster, tmp_path, twentyq, monkeypatch
):
    (tmp_path / "things.yaml").write_text(SYSTEM)
    draw_pictures(tmp_path / "pictures", each=4)
    (tmp_path / "pictures" / "apple" / "00.png").write_bytes(b"torn")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    typed = ("pictures", *SEEING, "--shard-size", "4", "--batch-size", "3", "--trace", "brief")
    ray = ("--backend", "ray", "--address", cluster.address)
    assert twentyq("run", *typed, "--out", "alone").code == 3
    for workers in ("0", "1"):
        out = f"workers-{workers}"
        with begin(*typed, "--out", out, "--shard", "0/2", *ray, "--workers", workers) as run:
            _, err = run.communicate()
        assert run.returncode in {0, 3}, err
        assert parts(tmp_path / out) == 3
        assert twentyq("run", *typed, "--out", out, "--resume").code == 3
        assert table(tmp_path / out) == table(tmp_path / "alone")
        assert table(tmp_path / out, "failures") == table(tmp_path / "alone", "failures")


@pytest.mark.slow
def test_what_is_wrong_with_actors_is_said_once(cluster, tmp_path, monkeypatch):
    (tmp_path / "things.yaml").write_text(SYSTEM)
    np.save(tmp_path / "v.npy", np.eye(4))  # of another encoder: of another length
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    typed = ("v.npy", *SEEING, "--out", "out", "--backend", "ray", "--address", cluster.address)
    with begin(*typed) as run:
        out, err = run.communicate()
    assert (run.returncode, out) == (4, "")
    assert err.count("vectors of pictures and of prompts do not fit together") == 1
    assert "Traceback" not in err
    with begin(*typed, "--resume", "--actor-cpus", "64") as run:
        _, err = run.communicate()
    assert run.returncode == 2
    assert "the cluster has no room for an encoder actor\n  got: 64 CPU" in err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--address", "auto"), "--address: this speaks of a cluster\n  got: 'auto'"),
        (("--actor-gpus", "0.5"), "--actor-gpus: this speaks of a cluster\n  got: 0.5"),
        (("--backend", "ray", "--device", "cpu"), "--device: actors compute on the GPUs"),
        (
            ("--backend", "ray", "--address", "127.0.0.1:9"),
            "--address: no Ray cluster answers there\n  got: '127.0.0.1:9': ConnectionRefused",
        ),
    ],
)
def test_options_of_a_cluster_that_cannot_be_obeyed(options, said, tmp_path, twentyq):
    ran = twentyq("run", str(tmp_path), "--out", tmp_path / "out", *options)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert not (tmp_path / "out").exists()


def test_without_ray_the_extra_is_named(tmp_path, twentyq, monkeypatch):
    monkeypatch.setattr(extras, "find_spec", lambda name: name if name != "ray" else None)
    ran = twentyq("run", str(tmp_path), "--out", tmp_path / "out", "--backend", "ray")
    assert ran.code == 2
    assert "no ray\n  to mend: pip install 'twentyq[cluster]'" in ran.err
