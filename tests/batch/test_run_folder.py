import multiprocessing
import os
import signal
import time
from dataclasses import replace

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from filelock import FileLock

from twentyq.batch.run_folder import RunFolder
from twentyq.errors import StoreError
from twentyq.result import Result


def parts(folder: RunFolder) -> dict[str, bytes]:
    return {
        path.relative_to(folder.path).as_posix(): path.read_bytes()
        for path in folder.path.rglob("part-*.parquet")
    }


def test_parts_hold_every_picture_once_and_leave_no_draft(world):
    folder = world.open()
    assert world.make(folder) == [3, 1, 3, 1, 3]
    assert all(folder.has(shard) for shard in range(3))
    results = ds.dataset(folder.path / "results").to_table().to_pylist()
    failures = ds.dataset(folder.path / "failures").to_table().to_pylist()
    names = [path.relative_to(world.root / "pictures").as_posix()
             for path in sorted(world.root.glob("pictures/*/*.png"))]  # fmt: skip
    torn = "grass/torn.png"
    assert [row["picture"] for row in results] == [name for name in names if name != torn]
    assert [row["picture"] for row in failures] == [torn]
    assert list((folder.path / ".scratch").iterdir()) in ([], [folder.path / ".scratch/begin.lock"])


def test_results_say_what_the_classifier_says(world):
    world.settings = replace(world.settings, trace="brief")
    folder = world.open()
    world.make(folder)
    names = [name.decode() for name in pq.read_table(folder.listing)["name"].to_pylist()]
    # The last bits of a similarity depend on how many pictures are multiplied together.
    batches = [names[0:3], names[3:4], names[4:7], names[7:8], names[8:11]]
    expected = []
    for batch in batches:
        paths = [world.root / "pictures" / name for name in batch]
        for name, one in zip(batch, world.classifier.classify_each(paths), strict=True):
            if isinstance(one, Result):
                entry = one.to_dict() | {"picture": name}
                del entry["prompts_embedded"]
                for step in entry["trace"]:
                    step["answer"] = list(step["answer"].items())
                expected.append(entry)
    results = ds.dataset(folder.path / "results").to_table().to_pylist()
    assert results == expected
    assert {len(row["ranking"]) for row in results} == {2}


def test_failures_say_why(world):
    folder = world.open()
    world.make(folder)
    (failure,) = ds.dataset(folder.path / "failures").to_table().to_pylist()
    assert failure["reason"] == "not a picture, or damaged at its very start"
    assert failure["error"].startswith("grass/torn.png: not a picture, or damaged")
    assert "to mend: look at the file" in failure["error"]


def test_a_label_below_reject_is_none(world):
    world.settings = replace(world.settings, reject=1.0)
    folder = world.open()
    world.make(folder)
    labels = ds.dataset(folder.path / "results").to_table()["label"].to_pylist()
    assert labels == [None] * 10


def test_whoever_makes_a_part_makes_the_same_bytes(world):
    folder = world.open()
    world.make(folder)
    made = parts(folder)
    for shard in (2, 0):
        for kind in ("results", "failures"):
            folder.part(kind, shard).unlink()
        assert not folder.has(shard)
        world.make(world.open(join=True), [shard])
    assert parts(folder) == made


@pytest.mark.parametrize("kind", ["results", "failures"])
@pytest.mark.parametrize("how", ["cut", "empty", "gone", "text", "of another shard", "a folder"])
def test_a_torn_or_foreign_part_is_made_again(world, kind, how):
    folder = world.open()
    world.make(folder)
    made = parts(folder)
    path = folder.part(kind, 1)
    if how in ("gone", "a folder"):
        path.unlink()
    elif how == "of another shard":
        path.write_bytes(folder.part(kind, 0).read_bytes())
    else:
        path.write_bytes({"cut": path.read_bytes()[:-9], "empty": b"", "text": b"PAR1"}[how])
    if how == "a folder":
        path.mkdir()
        assert not folder.has(1)
        with pytest.raises(StoreError, match="the folder of the run cannot be used"):
            world.make(folder)
        path.rmdir()
    assert [folder.has(shard) for shard in range(3)] == [True, False, True]
    world.make(folder)
    assert parts(folder) == made


def test_a_part_of_another_run_is_not_trusted(world):
    folder = world.open()
    world.make(folder)
    made = parts(folder)
    world.out.rename(world.root / "other")
    world.settings = replace(world.settings, stop="questions:1")
    other = world.open()
    (other.path / "results").mkdir()
    other.part("results", 0).write_bytes(made["results/part-00000.parquet"])
    assert not other.has(0)


def test_a_shard_that_another_process_makes_is_passed_over(world):
    folder = world.open()
    held = FileLock(folder.path / ".scratch" / "part-00001.parquet.lock")
    with held:
        assert world.make(folder) == [3, 1, 3]
    assert [folder.has(shard) for shard in range(3)] == [True, False, True]
    assert world.make(folder) == [3, 1]
    assert folder.has(1)


def hold(path, there) -> None:
    with FileLock(path):
        there.set()
        time.sleep(600)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
def test_the_claim_of_a_killed_process_dies_with_it(world):
    folder = world.open()
    context = multiprocessing.get_context("forkserver")
    there = context.Event()
    path = folder.path / ".scratch" / "part-00000.parquet.lock"
    holder = context.Process(target=hold, args=(path, there), daemon=True)
    holder.start()
    assert there.wait(60)
    assert list(folder.claim([0])) == []
    os.kill(holder.pid, signal.SIGKILL)
    holder.join()
    assert list(folder.claim([0])) == [0]
