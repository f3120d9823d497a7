import pytest

from tests.system.samples import GOOD, changed
from twentyq.errors import SystemFileError
from twentyq.system import MAX_BYTES
from twentyq.system.reader import read_document


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            changed("blue]", "blue"),
            "f.yaml, line 6: this is not valid YAML or JSON: expected ',' or ']', but got ':'\n"
            "  got: 'shape:'\n",
        ),
        (changed('{}."', "{}."), "f.yaml, line "),
        (
            changed("    options: [red", "\toptions: [red"),
            "f.yaml, line 5: a tab is used for indentation\n  got: 'options: [red, blue]'\n"
            "  to mend: indent with spaces, two for each level",
        ),
        (
            GOOD + "\0",
            "f.yaml, line 12: this character has no place in a text file\n  got: '\\x00'\n"
            "  to mend: delete it",
        ),
        (
            GOOD + "about: \ud800",
            "f.yaml, line 12: this character has no place in a text file\n  got: '\\ud800'\n",
        ),
        (
            "a: " + "é" * (MAX_BYTES // 2),
            "f.yaml: this is too large for a system file\n  got: more than 1,000,000 bytes\n",
        ),
    ],
)
def test_text_that_is_not_yaml(text: str, message: str) -> None:
    with pytest.raises(SystemFileError) as caught:
        read_document(text, "f.yaml")
    assert str(caught.value).startswith(message)


def test_json_may_be_indented_with_tabs() -> None:
    assert read_document('{\n\t"a": [\n\t\t"x",\t1\n\t]\n}', "f.json").data == {"a": ["x", 1]}
