from pathlib import Path

import pytest

from twentyq.cli.sources import find_pictures, read_label_map, read_lines, read_truths
from twentyq.errors import UsageError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("b/2.PNG", "a/1.jpg", "a/notes.txt", "a/.hidden.png", ".git/x.png", "c [1].webp"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    (tmp_path / "d.png").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_folder_gives_pictures_below_it_in_order(folder):
    found = [str(path) for path in find_pictures(["."])]
    assert found == ["a/1.jpg", "b/2.PNG", "c [1].webp"]


def test_a_file_whose_name_looks_like_a_glob_is_a_file(folder):
    assert find_pictures(["c [1].webp"]) == [Path("c [1].webp")]


def test_globs_match_files_at_any_depth_and_no_folders(folder):
    assert find_pictures(["**/*.jpg"]) == [Path("a/1.jpg")]
    assert find_pictures([f"{folder}/*.webp"]) == [folder / "c [1].webp"]
    with pytest.raises(UsageError, match="no file matches"):
        find_pictures(["d.p*"])


def test_a_missing_file_is_left_to_the_decoder(folder):
    assert find_pictures(["none.png"]) == [Path("none.png")]


def test_a_name_too_long_for_the_disk_is_left_to_the_decoder_or_matches_nothing(folder):
    assert find_pictures(["x" * 5000]) == [Path("x" * 5000)]
    with pytest.raises(UsageError, match="no file matches") as caught:
        find_pictures(["x" * 5000 + "*"])
    assert len(str(caught.value)) < 300


def test_standard_input_may_be_closed(folder, monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(UsageError, match="no pictures were named"):
        find_pictures(["-"])


def test_lines_and_label_maps(folder):
    (folder / "classes.txt").write_text("\ufeffone\n\n two \n", encoding="utf-8")
    assert read_lines(folder / "classes.txt", "classes") == ["one", "two"]
    (folder / "labels.csv").write_text('label,folder\n"A, B",a\nΔ,b\n', encoding="utf-8")
    assert read_label_map(folder / "labels.csv") == {"a": "A, B", "b": "Δ"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "lacks a column"),
        (b"folder;label\na;b\n", "lacks a column"),
        (b"folder,label\na\n", "line 2: a row lacks its folder or label"),
        (b"folder,label\na,x\na,y\n", "line 3: a folder stands twice"),
        (b"folder,label\n\xff,x\n", "the file of labels is not UTF-8"),
    ],
)
def test_a_bad_label_map_is_refused(folder, content, message):
    (folder / "labels.csv").write_bytes(content)
    with pytest.raises(UsageError) as caught:
        read_label_map(folder / "labels.csv")
    assert message in str(caught.value)
    assert "labels.csv" in str(caught.value)


def test_truths_are_folder_names_or_what_they_stand_for(folder):
    paths = [folder / "a" / "1.jpg", Path("b/2.PNG")]
    assert read_truths(paths, ["a", "Bee"], {"b": "Bee"}) == ["a", "Bee"]
    with pytest.raises(UsageError) as caught:
        read_truths(paths, ["a", "Bee"], {"b": "bea"})
    assert "did you mean 'Bee'?" in str(caught.value)
    assert "map it with --labels" in str(caught.value)
