import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from twentyq.errors import SystemFileError
from twentyq.system.document import Mark
from twentyq.system.literals import read_literals


def refusal(text: str) -> str:
    with pytest.raises(SystemFileError) as caught:
        read_literals(text, "f.py")
    return str(caught.value)


def test_assignments_and_a_dictionary_that_stands_alone() -> None:
    literals = read_literals('a = {"x": (1, -2.5)}\nb: dict = {"y": [None, True]}\n{"c": "d"}', "f")
    assert literals.document.data == {"a": {"x": [1, -2.5]}, "b": {"y": [None, True]}, "c": "d"}
    assert literals.document.marks[("a", "x")] == Mark(1, 6)
    assert literals.document.marks[("a", "x", 1)] == Mark(1, 15, "-2.5")
    assert literals.document.marks[("c",)] == Mark(3, 2)


def test_json_is_read_with_its_own_words_and_escapes() -> None:
    text = '{"a": [true, false, null], "b": "a\\/b \\ud83d\\ude00 \\\\/"}'
    data = read_literals(text, "f").document.data
    assert data == {"a": [True, False, None], "b": "a/b 😀 \\/"}


def test_what_people_paste() -> None:
    text = (
        "  x\u00a0=\u00a0{ # first, δ\n"
        "\u202f “a\u00a0b”: ‘it is “so”’, // second\n"
        '   \'c\': "http://x # y ... ’", # ’ "\n'
        "   \"d\": '''two\nlines''',\n"
        "  }\n"
    )
    literals = read_literals(text, "f.py")
    data = {"a b": "it is “so”", "c": "http://x # y ... ’", "d": "two\nlines"}
    assert literals.document.data == {"x": data}
    assert literals.comments == {1: "first, δ", 2: "second", 3: '’ "'}
    assert literals.elided == []


@pytest.mark.parametrize(
    "text",
    [
        "x = {'a': 1,\n ...\n}",
        "x = {'a': 1,\n …,\n}",
        "x = {'a': 1,\n # ...\n}",
        "x = {'a': 1,\n // ... and so on\n}",
        "x = {'a': 1,\n 'b': ...\n}",
        "x = {'a': 1,\n 'b': ...,\n 'c': 2}",
        "x = {'a': 1,\n 'b': {...},\n}",
        "x = {'a': 1,\n 'b': ['c', ...]\n}",
        "{'a': 1}\nx = ...",
    ],
)
def test_what_is_left_out_is_noticed_where_it_is(text: str) -> None:
    assert read_literals(text, "f.py").elided == [2]


CODE = "this is code; only dictionaries, lists, texts and numbers are read"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "x = {\n'a': open('/etc/passwd')}",
            f"f.py, line 2, x.a: {CODE}\n  to mend: nothing is executed here",
        ),
        ("x = {'a': [1 + 1]}", f"f.py, line 1, x.a[0]: {CODE}\n"),
        ("x = {'a': {1, 2}}", f"f.py, line 1, x.a: {CODE}\n"),
        ("x = {'a': b'c'}", f"f.py, line 1, x.a: {CODE}\n"),
        ("x = {'a': f'c'}", f"f.py, line 1, x.a: {CODE}\n"),
        ("x = {'a': y}", f"f.py, line 1, x.a: {CODE}\n"),
        ("x = {'a': -True}", f"f.py, line 1, x.a: {CODE}\n"),
        ("x = y = {}", f"f.py, line 1: {CODE}\n"),
        ("\nimport os", f"f.py, line 2: {CODE}\n"),
        ("x = {1: 2}", "f.py, line 1, x: a key must be a text\n  to mend: put it into quotes"),
        ("x = {**y}", "f.py, line 1, x: a key must be a text\n"),
        (
            "x = {'a': 1,\n'a': 2}",
            "f.py, line 2, x.a: this key is given twice\n"
            "  to mend: line 1 has it already: keep one of the two",
        ),
        ("x = {}\nx = {}", "f.py, line 2, x: this key is given twice\n"),
        ("x = {'a': '\\ud83d'}", "f.py, line 1, x.a: this text holds half a character\n"),
        ("x = {\n'a' 1}", "f.py, line 2: this cannot be read as a dictionary: "),
        (
            "x = {'a\n': 1}",
            "f.py, line 1: this cannot be read as a dictionary: unterminated string literal",
        ),
        (
            "x = " + "[" * 150 + "]" * 150,
            "f.py, line 1, x[0][0][0][0][0][0][0][0][0][0][0][0]: values are nested more than 12 "
            "deep\n",
        ),
        (
            "x = " + "[" * 3000 + "]" * 3000,
            "f.py, line 1: this cannot be read as a dictionary: too many nested parentheses\n",
        ),
        ("x = " + "-" * 100_000 + "1", "f.py: this cannot be read as a dictionary: "),
        ("x = " + "1+" * 100_000 + "1", "f.py: this cannot be read as a dictionary: "),
        ("x = f" + "()" * 100_000, "f.py: this cannot be read as a dictionary: "),
        ("x" * 1_000_001, "f.py: this is too large for a system file\n"),
    ],
)
def test_what_is_not_a_literal(text: str, message: str) -> None:
    assert refusal(text).startswith(message)


@pytest.mark.parametrize("text", ['{"a": "b', '{"a": “b}', "{'a': ‘b,\n}", '{"a": “b\\”\n}'])
def test_a_text_that_is_not_closed(text: str) -> None:
    assert refusal(text).startswith("f.py, line 1: this cannot be read as a dictionary: ")


@pytest.mark.parametrize("part", ['"\\', "“\\", ":\n", "#...\n", '"""', "...,"])
def test_hostile_text_takes_no_time_to_speak_of(part: str) -> None:
    started = time.perf_counter()
    with pytest.raises(SystemFileError):
        read_literals("[" + part * 100_000, "f.py")
    assert time.perf_counter() - started < 10


def test_a_null_character() -> None:
    # Python's parser names the line in some versions and not in others.
    assert ": this cannot be read as a dictionary: source code " in refusal("x = '\0'")


GOOD = "x = {'a': [1, 'b'], # c\n \"d\": {'e': -1.5}}\n"


@settings(max_examples=200, deadline=None)
@given(
    st.builds(
        lambda at, cut, new: GOOD[:at] + new + GOOD[at + cut :],
        st.integers(0, len(GOOD)),
        st.integers(0, 8),
        st.one_of(
            st.text(max_size=5), st.sampled_from(["...", "//", "“", "\\", "'''", "()", "\0"])
        ),
    )
)
@example("x = 0x" + "F" * 5000)
@example("x = " + "9" * 5000)
@example("'\ud800'")
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    message = ""
    try:
        read_literals(text, "f.py")
    except SystemFileError as error:
        message = str(error)
    assert message == "" or message.startswith("f.py")
    assert len(message) < 2000
