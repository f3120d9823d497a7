import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twentyq.encoder.finding import pictures_in, read_pairs
from twentyq.errors import UsageError


def test_a_folder_without_pictures_is_refused(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(UsageError, match="the folder has no pictures") as caught:
        pictures_in(tmp_path)
    assert ".webp" in str(caught.value)


def test_pairs_come_with_their_lines_in_any_order_of_columns(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text('value,more,key\n"two\nlines",x,a\nb,y,c\n')
    assert read_pairs(table, "test", "key", "value") == [(3, "a", "two\nlines"), (4, "c", "b")]


def test_a_cell_beyond_all_measure_is_refused(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text('key,value\n"' + "x" * 200_000)
    with pytest.raises(UsageError, match="the test file is not CSV") as caught:
        read_pairs(table, "test", "key", "value")
    assert "a quote that is never closed" in str(caught.value)
    assert len(str(caught.value)) < 400


@given(st.lists(st.lists(st.sampled_from(["a", "b.png", "a.png", "a-b.PNG", ".c.png", "d.txt"]),
                         min_size=1, max_size=4), max_size=12))  # fmt: skip
def test_pictures_come_in_the_order_of_their_paths_without_hidden_ones(paths):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "z.png").touch()
        for parts in paths:
            with suppress(FileExistsError, NotADirectoryError, IsADirectoryError):
                path = folder.joinpath(*parts)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
        shown = [path for path in folder.rglob("*") if "/." not in path.as_posix()[len(name) :]]
        files = sorted(path for path in shown if path.is_file())
        assert pictures_in(folder) == [path for path in files if path.suffix.lower() == ".png"]


def test_links_to_folders_are_not_followed_and_those_to_files_are(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.png").touch()
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "folder.png").symlink_to(tmp_path / "real", target_is_directory=True)
    (tmp_path / "b.png").symlink_to(tmp_path / "real" / "a.png")
    (tmp_path / "gone.png").symlink_to(tmp_path / "nothing")
    names = [path.relative_to(tmp_path).as_posix() for path in pictures_in(tmp_path)]
    assert names == ["b.png", "gone.png", "real/a.png"]


def test_a_folder_that_cannot_be_read_is_not_passed_over(tmp_path):
    (tmp_path / "a.png").touch()
    with pytest.raises(UsageError, match=r"a\.png: the folder cannot be read") as caught:
        pictures_in(tmp_path / "a.png")
    assert "Not a directory" in str(caught.value)
