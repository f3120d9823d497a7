from twentyq.system.document import Document, Fault, Mark, listed, place

DOCUMENT = Document(
    "f.yaml",
    {"a": {"b": 1}},
    {(): Mark(1, 1), ("a",): Mark(2, 1), ("a", "b"): Mark(3, 3, "0x1"), ("a", "c"): Mark(3, 9)},
    renamed={"a": "the_a"},
)


def test_a_place_names_file_line_and_key_path() -> None:
    assert place("f.yaml", 3, ("a", "b c", 2, "d.e", "")) == "f.yaml, line 3, a.b c[2].'d.e'.''"
    assert place("f\n.yaml", 3, ("\x1b[31m",)) == r"'f\n.yaml', line 3, '\x1b[31m'"


def test_a_path_that_is_not_in_the_file_stands_where_its_parent_stands() -> None:
    assert DOCUMENT.place(("a", "x", "y")) == "f.yaml, line 2, the_a.x.y"
    assert DOCUMENT.place(()) == "f.yaml, line 1"


def test_the_first_fault_in_the_file_is_the_error() -> None:
    faults = [Fault(("a", "c"), "later"), Fault(("a", "b"), "wrong", mend="right it")]
    error = DOCUMENT.error([Fault(("a", "x"), "missing"), *faults])
    assert str(error) == (
        "f.yaml, line 3, the_a.b: wrong (the first of 3 faults)\n  got: 0x1\n  to mend: right it"
    )


def test_a_missing_key_comes_last() -> None:
    error = DOCUMENT.error([Fault(("x",), "missing"), Fault(("a", "c"), "misspelt")])
    assert error.what == "misspelt (the first of 2 faults)"


def test_lists_of_names_end_somewhere() -> None:
    assert listed(["a", "b\n"]) == r"a, 'b\n'"
    assert listed(map(str, range(30)), limit=3) == "0, 1, 2 and 27 more"
