import os
import sys

import numpy as np
import pytest
from PIL import Image

from twentyq.errors import UsageError
from twentyq.study.labelled import read_labelled
from twentyq.study.summary import Problem


@pytest.fixture
def folder(tmp_path):
    for name in ("fox/1.png", "fox/2.png", "bear/3.png", "Owl/4.png", "foxx/5.png", "foxx/6.png"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path


def test_unknown_labels_are_counted_and_named_with_what_may_have_been_meant(folder):
    found = read_labelled(str(folder), ["fox", "bear", "owl"])
    assert found.names == ("bear/3.png", "fox/1.png", "fox/2.png")
    assert found.labels == ("bear", "fox", "fox")
    assert list(found.pictures) == [folder / name for name in found.names]
    assert (found.vectors, found.given) == (None, 6)
    said = ["Owl: 1 picture; did you mean 'owl'?", "foxx: 2 pictures; did you mean 'fox'?"]
    assert found.problems == (Problem(kind="unknown label", count=3, names=said),)


def test_a_label_map_speaks_first(folder):
    found = read_labelled(
        str(folder), ["fox", "owl"], label_map={"Owl": "owl", "foxx": "fox", "bear": "wolf"}
    )
    assert found.labels == ("owl", "fox", "fox", "fox", "fox")
    assert [problem.names for problem in found.problems] == [["wolf: 1 picture"]]


def test_without_problems_there_are_none(folder):
    found = read_labelled(str(folder), ["fox", "bear", "Owl", "foxx", "wolf"])
    assert (found.problems, len(found.names)) == ((), 6)


def test_no_known_label_at_all_is_an_error(folder):
    with pytest.raises(UsageError, match="none of the pictures has a label") as caught:
        read_labelled(str(folder), ["foxes", "wolf"])
    assert "fox: 2 pictures; did you mean 'foxes'?" in str(caught.value)
    assert "foxes, wolf" in str(caught.value)
    assert "--labels" in str(caught.value)


def test_tables_and_embeddings_take_the_same_way(folder):
    table = folder / "set.CSV"
    table.write_text("path,label\nfox/1.png,fox\nbear/3.png,4\n")
    assert read_labelled(str(table), ["fox"]).names == ("fox/1.png",)
    np.savez(folder / "set.npz", embeddings=np.eye(3), labels=[3, 4, 3])
    found = read_labelled(str(folder / "set.npz"), ["fox"], label_map={"3": "fox"})
    assert found.pictures is None
    assert np.array_equal(found.vectors, np.eye(3)[[0, 2]])
    assert found.names == ("row 0", "row 2")
    assert found.problems[0].names == ["4: 1 picture"]


def test_a_data_set_gives_the_chosen_rows_and_says_which_have_no_label(tmp_path):
    import datasets

    pictures = [Image.new("RGB", (2, 2), colour) for colour in ("red", "green", "blue")]
    rows = datasets.Dataset.from_dict(
        {"image": pictures, "label": [None, "fox", "owl"]},
        features=datasets.Features({"image": datasets.Image(), "label": datasets.Value("string")}),
    )
    rows.save_to_disk(tmp_path / "set")
    found = read_labelled(f"datasets:{tmp_path / 'set'}", ["owl"])
    assert found.names == ("row 2",)
    assert len(found.pictures) == 1
    assert found.problems[0].names == ["no label: 1 picture", "fox: 1 picture"]


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes on Linux alone")
def test_names_that_are_not_text_can_be_reported(tmp_path):
    for name in (b"fox", b"f\xffx"):
        path = os.fsencode(tmp_path) + b"/" + name
        os.mkdir(path)  # noqa: PTH102  # a path of bytes
        with open(path + b"/\xff.png", "wb"):  # noqa: PTH123  # the same
            pass
    found = read_labelled(str(tmp_path), ["fox"])
    assert found.names == ("fox/\\udcff.png",)
    assert found.problems[0].names == ["f\\udcffx: 1 picture"]


@pytest.mark.parametrize("source", ["none", "none.csv", "notes.txt", "x" * 5000, "", "a\0b"])
def test_what_is_no_source_is_refused(tmp_path, monkeypatch, source):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").touch()
    with pytest.raises(UsageError, match="no such source of labelled pictures") as caught:
        read_labelled(source, ["fox"])
    assert "datasets:NAME_OR_FOLDER[:SPLIT]" in str(caught.value)
    assert ("there is no such file" in str(caught.value)) == (source == "none.csv")
    assert len(str(caught.value)) < 500
