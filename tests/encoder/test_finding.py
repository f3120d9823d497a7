import pytest

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
