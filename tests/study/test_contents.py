import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from twentyq.study.contents import choose_pictures, read_contents
from twentyq.study.labelled import LabelledPictures


def labelled(pictures, labels="", vectors=None):
    n = len(pictures if vectors is None else vectors)
    names = tuple(f"{i}.png" for i in range(n))
    labels = tuple(labels or "x" * n)
    return LabelledPictures(names, labels, pictures, vectors, (), n)


def test_files_and_bytes_of_the_same_content_are_the_same_picture(tmp_path):
    for name, content in (("a", b"1"), ("b", b"2"), ("c", b"1")):
        (tmp_path / name).write_bytes(content)
    found = read_contents(labelled([tmp_path / "a", str(tmp_path / "b"), tmp_path / "c", b"2"]))
    assert found.number.tolist() == [0, 1, 0, 1]
    assert found.first.tolist() == [0, 1]
    assert found.digests[0] == found.digests[2] != found.digests[1]


def test_opened_pictures_are_compared_by_what_they_show():
    red, green = Image.new("P", (1, 1)), Image.new("P", (1, 1))
    red.putpalette([255, 0, 0])
    green.putpalette([0, 255, 0])
    found = read_contents(labelled([red, green, Image.new("RGB", (1, 1), "red")]))
    assert found.number.tolist() == [0, 1, 0]


def test_blank_pictures_of_other_sizes_are_other_pictures():
    sizes = ((2, 8), (4, 4), (8, 2), (4, 4))
    found = read_contents(labelled([Image.new("L", size) for size in sizes]))
    assert found.number.tolist() == [0, 1, 2, 1]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_cannot_be_read_is_like_no_other_and_blocks_nobody(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    given = [tmp_path / "none", tmp_path / "none", tmp_path / "pipe", tmp_path / "folder", "a\0b"]
    found = read_contents(labelled(given))
    assert found.digests == (None,) * 5
    assert found.number.tolist() == [0, 1, 2, 3, 4]


def test_equal_vectors_are_the_same_picture():
    found = read_contents(labelled(None, vectors=np.array([[1.0, 2], [2, 1], [1, 2]])))
    assert found.number.tolist() == [0, 1, 0]


def test_everything_left_out_is_named():
    pictures = labelled([b"1", b"2", b"1", b"3", b"3", b"", b"", b"2"], "aabcdefa")
    kept, problems = choose_pictures(pictures, read_contents(pictures), {3: "the file is empty"})
    assert kept.tolist() == [1]
    assert {problem.kind: problem.names for problem in problems} == {
        "unreadable": ["5.png: the file is empty", "6.png: the file is empty"],
        "duplicate": ["7.png, the same as 1.png"],
        "under two labels": [
            "0.png as a, the same as 2.png as b",
            "3.png as c, the same as 4.png as d",
        ],
    }
    assert [problem.count for problem in problems] == [2, 1, 4]


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("ab")), min_size=1, max_size=12))
def test_every_picture_is_kept_or_counted_and_no_content_is_kept_twice(rows):
    pictures = labelled([bytes([content]) for content, _ in rows], [label for _, label in rows])
    contents = read_contents(pictures)
    faults = {int(contents.number[0]): "torn"}
    kept, problems = choose_pictures(pictures, contents, faults)
    assert len(kept) + sum(problem.count for problem in problems) == len(rows)
    for content in {content for content, _ in rows}:
        places = [i for i, row in enumerate(rows) if row[0] == content]
        fit = content != rows[0][0] and len({rows[i][1] for i in places}) == 1
        assert [i for i in places if i in kept] == (places[:1] if fit else [])
