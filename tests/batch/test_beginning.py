import json
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.study.seeing import SeeingEncoder
from twentyq.batch.beginning import require_ours
from twentyq.errors import StoreError, UsageError

WORDS = 8  # distinct prompts of the world


def test_a_run_lists_its_pictures_shard_by_shard(world):
    told = []
    folder = world.open(tell=told.append)
    assert told == [4, 8, 11]
    assert (folder.shards.sizes, folder.shards.batch_size) == ([4, 4, 3], 3)
    assert folder.prompts_embedded == WORDS
    listed = pq.read_table(folder.listing)["name"].to_pylist()
    assert [name.decode() for name in listed] == [
        path.relative_to(world.root / "pictures").as_posix()
        for path in sorted((world.root / "pictures").rglob("*.png"))
    ]
    manifest = json.loads((world.out / "run.json").read_text())
    assert manifest["source"] == str((world.root / "pictures").resolve())
    assert (manifest["kind"], manifest["files"], manifest["stop"]) == (
        "folder", [], "confidence:0.9",
    )  # fmt: skip


def test_a_run_begins_with_the_same_bytes_wherever_it_lies(world):
    world.open()
    first = {path.name: path.read_bytes() for path in world.out.iterdir() if path.is_file()}
    world.out.rename(world.root / "before")
    world.open()
    assert {p.name: p.read_bytes() for p in world.out.iterdir() if p.is_file()} == first
    assert set(first) == {"run.json", "pictures.parquet", "prompts.npz"}


def test_a_run_goes_on_only_when_asked_to_and_embeds_no_prompt_again(world):
    begun = world.open()
    with pytest.raises(UsageError, match="a run lies in this folder") as caught:
        world.open()
    assert "add --resume to continue the run" in str(caught.value)
    joined = world.open(join=True)
    assert (joined.run, joined.shards) == (begun.run, begun.shards)
    assert joined.prompts_embedded == 0


def test_a_run_can_be_joined_before_it_has_begun(world):
    assert world.open(join=True).shards.pictures == 11


def test_what_was_killed_while_it_began_has_not_begun(world):
    run = world.open().run
    (world.out / "run.json").unlink()
    (world.out / "pictures.parquet").write_bytes(b"of another source")
    (world.out / ".scratch" / "run.json").write_bytes(b'{"twent')
    require_ours(world.out, join=False)
    assert world.open().run == run


@pytest.mark.parametrize("join", [True, False])
def test_a_folder_with_other_content_is_left_alone(world, join):
    world.out.mkdir()
    (world.out / "letter.txt").write_text("mine")
    with pytest.raises(UsageError, match="the folder is not empty") as caught:
        world.open(join=join)
    assert "got: letter.txt" in str(caught.value)
    assert "--resume" not in str(caught.value)
    assert [path.name for path in world.out.iterdir()] == ["letter.txt"]


def test_a_file_is_no_folder_for_a_run(world):
    world.out.write_text("file")
    with pytest.raises(UsageError, match="this is a file, and a run needs a folder"):
        world.open()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"stop": "certain"}, "stop\n  got: 'certain'\n  allowed: 'confidence:0.9'"),
        ({"mode": "full"}, "mode\n  got: 'full'\n  allowed: 'adaptive'"),
        ({"classes": ("brick", "apple", "sky")}, "system\n  got: 'sha256:"),
        ({"crop": "card-art"}, "crop\n  got: 'card-art'\n  allowed: None"),
        ({"batch_size": 4}, "batch size\n  got: 4\n  allowed: 3"),
        ({"shard_size": 5}, "shard size\n  got: 5\n  allowed: 4"),
        ({"reject": 0.5}, "reject\n  got: 0.5\n  allowed: None"),
        ({"trace": "brief"}, "trace\n  got: 'brief'\n  allowed: 'none'"),
    ],
)
def test_a_run_of_something_else_is_refused_with_what_differs(world, changed, said):
    world.open()
    world.settings = replace(world.settings, **changed)
    with pytest.raises(UsageError) as caught:
        world.open(join=True)
    assert f"the run in this folder was begun with something else: {said}" in str(caught.value)
    assert "name another folder to begin anew" in str(caught.value)


def test_the_same_settings_written_out_are_the_same_run(world):
    run = world.open().run
    world.settings = replace(world.settings, stop="confidence:0.9", policy="gain", decide="score")
    assert world.open(join=True).run == run


def test_another_encoder_is_another_run(world):
    world.open()
    world.encoder = SeeingEncoder()
    world.encoder.identity = "seeing v2"
    with pytest.raises(UsageError, match="something else: encoder"):
        world.open(join=True)


def test_pictures_that_come_later_do_not_belong_to_the_run(world):
    run = world.open().run
    (world.root / "pictures" / "new.png").touch()
    assert world.open(join=True).run == run


@pytest.mark.parametrize("name", ["pictures.parquet", "prompts.npz"])
def test_a_changed_or_missing_file_is_not_trusted(world, name):
    world.open()
    content = (world.out / name).read_bytes()
    (world.out / name).write_bytes(content[:-1] + b"?")
    with pytest.raises(UsageError, match="not the one that the run began with") as caught:
        world.open(join=True)
    assert name in str(caught.value)
    (world.out / name).unlink()
    with pytest.raises(UsageError, match="not the one that the run began with"):
        world.open(join=True)


def test_a_manifest_that_is_none_is_refused(world):
    world.open()
    (world.out / "run.json").write_text("[]")
    with pytest.raises(UsageError, match="the folder holds no run that could be continued"):
        world.open(join=True)


def test_a_source_without_pictures_is_refused(world):
    (world.root / "pictures.csv").write_text("path\n")
    world.root.joinpath("pictures").rename(world.root / "others")
    (world.root / "pictures").mkdir()
    with pytest.raises(UsageError, match="the folder has no pictures"):
        world.open()


def test_a_disk_that_cannot_be_used_is_named(world):
    world.out.mkdir()
    (world.out / ".scratch").touch()
    with pytest.raises(StoreError, match="the folder of the run cannot be used"):
        world.open()


def test_prompts_are_fixed_whatever_a_store_would_say_later(world):
    folder = world.open()
    with np.load(folder.path / "prompts.npz") as file:
        fixed = dict(zip(file["texts"].tolist(), file["vectors"], strict=True))
    assert len(fixed) == WORDS
    world.make(folder, [0])
    before = folder.part("results", 0).read_bytes()
    folder.part("results", 0).unlink()
    world.encoder.embed_texts = None  # nothing is embedded any more
    world.make(world.open(join=True), [0])
    assert folder.part("results", 0).read_bytes() == before
