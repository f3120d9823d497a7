import pytest

from tests.system.samples import GOOD, changed
from twentyq.errors import SystemFileError
from twentyq.system.compose import whole_characters
from twentyq.system.document import Mark
from twentyq.system.reader import read_document


def refusal(text: str) -> str:
    with pytest.raises(SystemFileError) as caught:
        read_document(text, "f.yaml")
    return str(caught.value)


def test_values_and_where_they_stand() -> None:
    document = read_document("a:\n  b: [x, 0x1F]\n  'no': {c: no}\n", "f.yaml")
    assert document.data == {"a": {"b": ["x", 31], "no": {"c": False}}}
    assert document.marks == {
        (): Mark(1, 1),
        ("a",): Mark(1, 1),
        ("a", "b"): Mark(2, 3),
        ("a", "b", 0): Mark(2, 7),
        ("a", "b", 1): Mark(2, 10, "0x1F"),
        ("a", "no"): Mark(3, 3),
        ("a", "no", "c"): Mark(3, 10, "no"),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f.yaml: the file is empty\n  to mend: write at least `name`, `groups` and `classes`"),
        ("# only this\n", "f.yaml: the file is empty\n"),
        (
            "- a\n- b\n",
            "f.yaml, line 1: a system file is a mapping of keys to values\n  got: a list\n",
        ),
        (
            "2020-01-01",
            "f.yaml, line 1: a system file is a mapping of keys to values\n  got: '2020-01-01'\n",
        ),
        (
            GOOD + "  Ball: {color: red}\n",
            "f.yaml, line 12, classes.Ball: this key is given twice\n"
            "  to mend: line 10 has it already",
        ),
        (
            changed("color: blue", "color: blue, color: red"),
            "f.yaml, line 11, classes.Plate.color: this key is given twice\n",
        ),
        (
            changed("  Plate:", "  1:"),
            "f.yaml, line 11, classes: a key must be a text\n  got: '1'\n"
            '  to mend: quote it: "1"',
        ),
        (
            changed("  Plate:", "  no:"),
            "f.yaml, line 11, classes: a key must be a text\n  got: 'no'\n"
            '  to mend: quote it: "no"',
        ),
        (
            changed("  Plate:", "  :"),
            "f.yaml, line 11, classes: a key must be a text\n  got: ''\n"
            "  to mend: write a key before the colon",
        ),
        (
            changed("  Plate:", "  [Plate]:"),
            "f.yaml, line 11, classes: a list or mapping cannot be a key\n",
        ),
        (
            changed("blue]", "!!python/object:os.system blue]"),
            "f.yaml, line 5, groups.color.options[1]: YAML tags (`!name`) are not allowed\n"
            "  got: '!!python/object:os.system'\n",
        ),
        (
            changed("blue]", "! blue]"),
            "f.yaml, line 5, groups.color.options[1]: YAML tags (`!name`) are not allowed\n",
        ),
        (
            changed("[red", "&c [red"),
            "f.yaml, line 5, groups.color.options: anchors (`&name`) are not allowed\n"
            "  got: '&c'\n  to mend: write the value out at every place that needs it",
        ),
        (
            changed("[red, blue]", "*c"),
            "f.yaml, line 5, groups.color.options: aliases (`*name`) are not allowed\n"
            "  to mend: write the value out",
        ),
        (
            changed("{color: blue}", "{<<: {color: blue}}"),
            "f.yaml, line 11, classes.Plate: YAML gives this word or number a meaning that no "
            "system file needs\n  got: '<<'\n",
        ),
        (
            changed("blue", "2020-13-41"),
            "f.yaml, line 5, groups.color.options[1]: YAML gives this word or number a meaning "
            "that no system file needs\n  got: '2020-13-41'\n  to mend: quote it if it is a text",
        ),
        (
            GOOD + "---\n" + GOOD,
            "f.yaml, line 12: a second document begins here (`---`)\n"
            "  to mend: keep one system to a file",
        ),
        ("%YAML 1.1\n---\n" + GOOD, "f.yaml, line 2: a system file is YAML 1.2\n"),
        (
            changed("blue", '"\\ud83d"'),
            "f.yaml, line 5, groups.color.options[1]: this text holds half a character (a lone "
            "surrogate)\n  got: '\\ud83d'\n",
        ),
        (
            GOOD + "prior: " + "[" * 3000 + "]" * 3000,
            "f.yaml, line 12, prior[0][0][0][0][0][0][0][0][0][0][0]: values are nested more "
            "than 12 deep\n",
        ),
        (
            '{"a":' * 3000 + "1" + "}" * 3000,
            "f.yaml, line 1, a.a.a.a.a.a.a.a.a.a.a.a: values are nested more than 12 deep\n",
        ),
        (
            "- " * 3000,
            "f.yaml, line 1, [0][0][0][0][0][0][0][0][0][0][0][0]: values are nested more than "
            "12 deep\n",
        ),
        (
            "\n".join(" " * depth + "a:" for depth in range(100)),
            "f.yaml, line 13, a.a.a.a.a.a.a.a.a.a.a.a: values are nested more than 12 deep\n",
        ),
    ],
)
def test_what_has_no_business_in_a_system_file(text: str, message: str) -> None:
    assert refusal(text).startswith(message)


@pytest.mark.parametrize("word", ["yes", "No", "ON", "off", "true", "False"])
def test_booleans_of_any_yaml_are_booleans(word: str) -> None:
    value = read_document(f"a: {word}\nb: '{word}'", "f.yaml").data
    assert value == {"a": word.lower() in {"yes", "on", "true"}, "b": word}


def test_surrogate_pairs_are_joined() -> None:
    assert whole_characters("a\ud83d\ude00δ") == "a😀δ"
