import pytest

from twentyq.errors import UsageError
from twentyq.study.sources.files import read_csv, read_folder


def test_the_folder_of_a_picture_names_its_label(tmp_path, monkeypatch):
    for name in ("fox/b.png", "fox/a.JPG", "more/owl/c.webp", "d.png", "fox/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = read_folder(tmp_path)
    assert found.names == ["d.png", "fox/a.JPG", "fox/b.png", "more/owl/c.webp"]
    assert found.labels == [tmp_path.name, "fox", "fox", "owl"]
    assert found.pictures == [tmp_path / name for name in found.names]
    monkeypatch.chdir(tmp_path / "fox")
    assert read_folder(type(tmp_path)(".")).labels == ["fox", "fox"]


def test_paths_of_a_table_are_relative_to_its_folder(tmp_path):
    table = tmp_path / "sets" / "one.csv"
    table.parent.mkdir()
    table.write_text("\ufefflabel,path,notes\nfox,../a.png,x\nowl,/far/b.png,\n", encoding="utf-8")
    found = read_csv(table)
    assert found.names == ["../a.png", "/far/b.png"]
    assert found.labels == ["fox", "owl"]
    assert [str(p) for p in found.pictures] == [f"{table.parent}/../a.png", "/far/b.png"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("path;label\na;b\n", "line 1: the pictures file lacks a column"),
        ("path,label\na.png\n", "line 2: a row lacks its path or label"),
        ("path,label\n", "the file names no pictures"),
    ],
)
def test_a_bad_table_is_refused(tmp_path, content, message):
    table = tmp_path / "one.csv"
    table.write_text(content)
    with pytest.raises(UsageError) as caught:
        read_csv(table)
    assert message in str(caught.value)
    assert str(table) in str(caught.value)
