import csv
import os
import sys

import pytest

from tests.batch.drawing import picture, write_tar
from twentyq.batch.opening import open_source
from twentyq.batch.sources import ArchiveSource, Entry, FolderSource, TableSource, readable
from twentyq.batch.vectors import ArraySource, ParquetSource
from twentyq.errors import PictureError, UsageError


def names(source):
    return [readable(entry.name) for entry in source.entries()]


def test_a_folder_gives_paths_within_it(tmp_path):
    for name in ("b/2.png", "b/1.JPG", "a.webp", ".hidden/0.png", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    source = open_source(str(tmp_path))
    assert (source, source.kind) == (FolderSource(tmp_path), "folder")
    assert names(source) == ["a.webp", "b/1.JPG", "b/2.png"]
    assert [source.picture(entry) for entry in source.entries()][1] == tmp_path / "b" / "1.JPG"


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes are Linux's alone")
def test_a_name_that_is_no_text_leads_to_its_file_and_is_told_in_escapes(tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff.png"
    with open(path, "wb") as stream:  # noqa: PTH123  # Path takes no bytes
        stream.write(b"here")
    source = open_source(str(tmp_path))
    (entry,) = source.entries()
    assert readable(entry.name) == "\\xff.png"
    assert source.picture(entry).read_bytes() == b"here"


def test_a_table_gives_its_paths_in_its_order(tmp_path):
    table = tmp_path / "table.csv"
    rows = [("z.png", "fox"), ("with\nbreak.png", "owl"), (str(tmp_path / "a.png"), "owl"),
            ("z.png", "fox")]  # fmt: skip
    with table.open("w", newline="", encoding="utf-8-sig") as stream:
        csv.writer(stream).writerows([("path", "label"), *rows])
    source = open_source(str(table))
    assert (source, source.files) == (TableSource(table), (table,))
    assert names(source) == [path for path, _ in rows]
    pictures = [source.picture(entry) for entry in source.entries()]
    assert pictures[0] == tmp_path / "z.png"
    assert pictures[2] == tmp_path / "a.png"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"file\nz.png\n", "line 1: the file of pictures lacks a column\n  got: file"),
        (b"", "line 1: the file of pictures lacks a column"),
        (b"path,label\nz.png,fox\n,owl\n", "line 3: a row lacks its path"),
        (b"path\nz.png\n\xff.png\n", "is not CSV in UTF-8"),
        (b'path\n"' + b"x" * 200_000, "after line 1: the file of pictures is not CSV"),
    ],
)
def test_a_table_that_is_not_so_is_refused_where_it_is_not(tmp_path, content, said):
    (tmp_path / "table.csv").write_bytes(content)
    with pytest.raises(UsageError) as caught:
        names(TableSource(tmp_path / "table.csv"))
    assert said in str(caught.value)


def test_archives_give_their_pictures_with_their_names_and_what_is_torn(tmp_path):
    (tmp_path / "b").mkdir()
    write_tar(tmp_path / "b" / "1.tar", [("x/0.png", picture(0)), ("x/0.cls", b"3")])
    write_tar(tmp_path / "a.TAR", [("0.png", picture(1)), ("1.png", picture(2))])
    whole = (tmp_path / "a.TAR").read_bytes()
    (tmp_path / "a.TAR").write_bytes(whole[: whole.index(picture(2)) + 10])
    source = open_source(str(tmp_path))
    assert source == ArchiveSource(tmp_path, ("a.TAR", "b/1.tar"))
    assert source.files == (tmp_path / "a.TAR", tmp_path / "b" / "1.tar")
    entries = list(source.entries())
    assert [readable(entry.name) for entry in entries] == [
        "a.TAR/0.png", "a.TAR/1.png", "a.TAR", "b/1.tar/x/0.png"
    ]  # fmt: skip
    assert source.picture(entries[0]) == picture(1)
    assert source.picture(entries[3]) == picture(0)
    with pytest.raises(PictureError, match=r"a\.TAR/1\.png: the archive ends within"):
        source.picture(entries[1])
    with pytest.raises(PictureError, match=r"a\.TAR: the archive is torn") as caught:
        source.picture(entries[2])
    assert "fetch the archive again" in str(caught.value)


def test_one_archive_is_a_source_too(tmp_path):
    write_tar(tmp_path / "0.tar", [("x.png", picture(0))])
    source = open_source(str(tmp_path / "0.tar"))
    assert source.files == (tmp_path / "0.tar",)
    (entry,) = source.entries()
    assert entry == Entry(b"0.tar/x.png", 0, 512, len(picture(0)))
    assert source.picture(entry) == picture(0)


def test_embeddings_are_known_by_their_ending(tmp_path):
    (tmp_path / "v.npy").touch()
    (tmp_path / "v.Parquet").touch()
    assert open_source(str(tmp_path / "v.npy")) == ArraySource(tmp_path / "v.npy")
    assert open_source(str(tmp_path / "v.Parquet")) == ParquetSource(tmp_path / "v.Parquet")


@pytest.mark.parametrize("first", ["a.png", "z.png"])
def test_pictures_beside_archives_are_refused(tmp_path, first):
    (tmp_path / first).touch()
    (tmp_path / "m.tar").touch()
    with pytest.raises(UsageError, match="the folder holds pictures and tar archives"):
        names(open_source(str(tmp_path)))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (".", "the folder has no pictures"),
        ("none", "there is no such source of pictures"),
        ("none.csv", "check the path: there is no such file"),
        ("notes.txt", "a folder of pictures or of .tar archives, a .csv file of paths"),
        ("x" * 5000 + ".tar", "check the path: there is no such file"),
    ],
)
def test_what_is_no_source_is_refused(tmp_path, monkeypatch, written, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").touch()
    with pytest.raises(UsageError) as caught:
        open_source(written)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 700
