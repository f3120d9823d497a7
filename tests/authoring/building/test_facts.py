import pytest

from twentyq.authoring.building.facts import read_facts
from twentyq.errors import UsageError


def test_a_table_is_read_without_its_empty_cells(tmp_path):
    path = tmp_path / "birds.csv"
    path.write_text('size,class,song\n14  cm,robin,"clear, sad"\n,wren,\n', encoding="utf-8-sig")
    assert read_facts(path) == {"robin": {"size": "14 cm", "song": "clear, sad"}, "wren": {}}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, ["no column 'class'", "got: nothing"]),
        ("name,size\nrobin,1\n", 1, ["no column 'class'", "'name', 'size'", "name the column"]),
        ("Class,size\nrobin,1\n", 1, ["no column 'class'", "did you mean 'Class'?"]),
        ("class,size,size\nrobin,1,2\n", 1, ["two columns are the same", "'size'"]),
        ("class,size\nrobin,1,2\n", 2, ["too many cells", "3 cells for 2 columns", "quote a cell"]),
        ("class,size\n ,1\n", 2, ["lacks its class"]),
        ("class,size\nrobin,1\nwren,2\nrobin,3\n", 4, ["a class stands twice", "'robin'"]),
        ('class,size\nrobin,"1\n' + "x" * 200_000, None, ["is not CSV", "never closed"]),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path, text, line, said):
    path = tmp_path / "birds.csv"
    path.write_text(text)
    with pytest.raises(UsageError) as fault:
        read_facts(path)
    assert str(fault.value).startswith(f"{path}, line {line or ''}")
    for part in said:
        assert part in str(fault.value)
