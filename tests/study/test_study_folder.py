import hashlib
import json

import numpy as np
import pytest

from twentyq.errors import StoreError, UsageError
from twentyq.study.study_folder import StudyFolder, open_study_folder

MANIFEST = {"encoder": "a", "batch_size": 64, "pictures": [("1.png", "fox"), ("2.png", "owl")]}


def test_a_run_begins_in_a_new_folder_and_in_an_empty_one(tmp_path):
    for path in (tmp_path / "deep" / "new", tmp_path / "empty"):
        if path.name == "empty":
            path.mkdir()
        assert open_study_folder(path, MANIFEST, resume=False) == StudyFolder(path)
        assert json.loads((path / "run.json").read_text())["pictures"][1] == ["2.png", "owl"]
        assert [entry.name for entry in path.iterdir()] == ["run.json"]


def test_resuming_may_also_begin(tmp_path):
    (tmp_path / "run.json.unfinished").write_text("{")  # killed before the manifest was there
    open_study_folder(tmp_path, MANIFEST, resume=True)
    open_study_folder(tmp_path, MANIFEST, resume=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.json"]


def test_a_folder_with_content_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("ten years of work")
    with pytest.raises(UsageError, match="the folder is not empty") as caught:
        open_study_folder(tmp_path, MANIFEST, resume=False)
    assert "thesis.txt" in str(caught.value)
    assert "--resume" in str(caught.value)
    with pytest.raises(UsageError, match="holds no run that could be continued"):
        open_study_folder(tmp_path, MANIFEST, resume=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("content", ["{", "[]", "\xff"])
def test_a_manifest_of_someone_else_is_refused(tmp_path, content):
    (tmp_path / "run.json").write_text(content, encoding="latin-1")
    with pytest.raises(UsageError, match="holds no run that could be continued") as caught:
        open_study_folder(tmp_path, MANIFEST, resume=True)
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "part", "got", "allowed"),
    [
        ({"encoder": "b"}, "encoder", "'b'", "'a'"),
        ({"batch_size": 32}, "batch size", "32", "64"),
        ({"pictures": [("1.png", "fox")]}, "pictures", "None", "['2.png', 'owl']"),
        (
            {"pictures": [("1.png", "owl"), ("2.png", "owl")]},
            "pictures",
            "['1.png', 'owl']",
            "['1.png', 'fox']",
        ),
        ({"crop": "card-art"}, "crop", "'card-art'", "None"),
    ],
)
def test_the_part_that_differs_is_named(tmp_path, changed, part, got, allowed):
    open_study_folder(tmp_path, MANIFEST, resume=False)
    with pytest.raises(UsageError, match=f"begun with something else: {part}") as caught:
        open_study_folder(tmp_path, MANIFEST | changed, resume=True)
    assert (caught.value.got, caught.value.allowed) == (got, allowed)
    assert "run.json" in str(caught.value)
    open_study_folder(tmp_path / "other", MANIFEST | changed, resume=False)
    with pytest.raises(UsageError, match=f"begun with something else: {part}"):
        open_study_folder(tmp_path / "other", MANIFEST, resume=True)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UsageError, match="a run needs a folder"):
            open_study_folder(path, MANIFEST, resume=False)


def test_pieces_come_back_and_are_the_same_bytes_for_the_same_arrays(tmp_path):
    pieces = StudyFolder(tmp_path)
    assert pieces.load("below/piece.npz") is None
    digests = set()
    for _ in range(2):
        pieces.save("below/piece.npz", numbers=np.eye(3), words=np.array(["", "é"]))
        digests.add(hashlib.sha256((tmp_path / "below/piece.npz").read_bytes()).hexdigest())
    assert len(digests) == 1
    loaded = pieces.load("below/piece.npz")
    assert np.array_equal(loaded["numbers"], np.eye(3))
    assert loaded["words"].tolist() == ["", "é"]
    assert [path.name for path in (tmp_path / "below").iterdir()] == ["piece.npz"]


def test_a_torn_piece_is_as_good_as_none(tmp_path):
    pieces = StudyFolder(tmp_path)
    pieces.save("piece.npz", numbers=np.arange(100.0))
    path = tmp_path / "piece.npz"
    whole = path.read_bytes()
    for cut in range(0, len(whole), 7):
        path.write_bytes(whole[:cut])
        assert pieces.load("piece.npz") is None
    at = whole.index(np.float64(50).tobytes())
    path.write_bytes(whole[:at] + bytes(8) + whole[at + 8 :])
    assert pieces.load("piece.npz") is None


def test_a_disk_that_fails_is_a_store_error_that_says_how_to_go_on(tmp_path):
    (tmp_path / "piece.npz.unfinished").mkdir()
    with pytest.raises(StoreError, match="the folder of the run cannot be used") as caught:
        StudyFolder(tmp_path).save("piece.npz", numbers=np.eye(3))
    assert "--resume" in str(caught.value)
    assert "piece.npz" in str(caught.value)
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(StoreError, match="IsADirectoryError"):
        StudyFolder(tmp_path).load("folder.npz")
