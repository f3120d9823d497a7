import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.system.samples import GOOD, changed
from twentyq.errors import SystemFileError
from twentyq.system import AttributeGroup, System, parse_system


def error(text: str) -> str:
    with pytest.raises(SystemFileError) as caught:
        parse_system(text, "f.yaml")
    return str(caught.value)


def test_a_file_becomes_a_system() -> None:
    assert parse_system(GOOD) == System(
        name="sample",
        groups=(
            AttributeGroup("color", "It is {}.", ("red", "blue")),
            AttributeGroup("shape", "It looks {}.", ("round", "flat")),
        ),
        classes=("Ball", "Plate"),
        rules={
            "Ball": {"color": {"red": 1}, "shape": {"round": 1}},
            "Plate": {"color": {"blue": 1}},
        },
    )


def test_json_is_read_too() -> None:
    data = {
        "name": "sample",
        "groups": {"mood": {"prompt": "It feels {}.", "options": ["😀", "a/b"]}},
        "classes": {"A": {"mood": "😀"}, "B": {"mood": {"a/b": 1e-5}}},
    }
    for dumped in (json.dumps(data), json.dumps(data, indent="\t"), json.dumps(data, indent=2)):
        system = parse_system(dumped.replace("a/b", "a\\/b"))
        assert system.groups[0].options == ("😀", "a/b")
        assert system.rules == {"A": {"mood": {"😀": 1}}, "B": {"mood": {"a/b": 1}}}


def test_optional_keys() -> None:
    system = parse_system(
        GOOD
        + "about: one\nsource: two\nlicense: three\nnames_prompt: 'a {}'\ncrop: card-art\n"
        + "labels: {Ball: Toy, Plate: Plate}\nprior: {Ball: 2}\n"
        + "accepts: {tie: [[Ball, Plate]], why: as it is}\nhistory: [first, then]\n"
    )
    assert (system.about, system.source, system.license) == ("one", "two", "three")
    assert (system.names_prompt, system.crop) == ("a {}", "card-art")
    assert system.labels == {"Ball": "Toy"}
    assert system.prior == {"Ball": 2.0}
    assert system.accepts == {"tie": (("Ball", "Plate"),), "why": "as it is"}
    assert system.history == ("first", "then")


def test_a_byte_order_mark_is_no_fault() -> None:
    assert parse_system("\ufeff" + GOOD) == parse_system(GOOD)


@pytest.mark.parametrize(
    ("text", "where", "what", "help_"),
    [
        (
            changed("Plate: {color", "Plate: {colour"),
            "line 11, classes.Plate.colour",
            "there is no such group",
            "did you mean 'color'?",
        ),
        (
            changed("color: blue}", "color: blu}"),
            "line 11, classes.Plate.color",
            "this is not an option of the group 'color'",
            "did you mean 'blue'?",
        ),
        (
            changed("color: blue}", "color: 2}"),
            "line 11, classes.Plate.color",
            "there is no option of this index in the group 'color'",
            "got: 2\n  allowed: 0 to 1, counted from 0",
        ),
        (
            changed("color: blue}", "color: [red, tin]}"),
            "line 11, classes.Plate.color[1]",
            "this is not an option of the group 'color'",
            "got: 'tin'\n  allowed: red, blue",
        ),
        (
            changed("color: blue}", "color: {rd: 1}}"),
            "line 11, classes.Plate.color.rd",
            "this is not an option of the group 'color'",
            "got: 'rd'",
        ),
        (
            changed("color: blue}", "color: {red: 0}}"),
            "line 11, classes.Plate.color",
            "the weights of this rule sum to 0",
            "give a positive weight",
        ),
        (
            changed("[red, blue]", "[red, blue, ' RED']"),
            "line 5, groups.color.options[2]",
            "two options are alike but for case, spaces or Unicode form",
            "got: 'red' and ' RED'",
        ),
        (
            changed("[red, blue]", "[red, blue, red]"),
            "line 5, groups.color.options[2]",
            "two options are the same",
            "rename one of them, or take it out",
        ),
        (
            GOOD + "  ｂall: {color: red}\n",
            "line 12, classes.ｂall",
            "two classes are alike but for case, spaces or Unicode form",
            "got: 'Ball' and 'ｂall'",
        ),
        (
            changed("groups:", "groups:\n  Color: {prompt: '{}', options: [a, b]}"),
            "line 4, groups.color",
            "two groups are alike but for case, spaces or Unicode form",
            "got: 'Color' and 'color'",
        ),
        (
            GOOD + "labels: {Bal: Toy}\n",
            "line 12, labels.Bal",
            "there is no such class",
            "did you mean 'Ball'?",
        ),
        (
            GOOD + "prior: {Cup: 1}\n",
            "line 12, prior.Cup",
            "there is no such class",
            "got: 'Cup'\n  allowed: Ball, Plate",
        ),
        (
            GOOD + "accepts: {tie: [[Ball, Cup]]}\n",
            "line 12, accepts.tie[0][1]",
            "there is no such class",
            "allowed: Ball, Plate",
        ),
    ],
)
def test_what_does_not_fit_together(text: str, where: str, what: str, help_: str) -> None:
    message = error(text)
    assert message.startswith(f"f.yaml, {where}: {what}\n")
    assert help_ in message


def test_the_first_fault_in_the_file_is_reported_and_the_others_are_counted() -> None:
    text = changed("color: red", "color: rd").replace("color: blue", "colour: blue")
    text += "prior: {Cup: 1}\n"
    first = error(text).splitlines()[0]
    assert first.startswith("f.yaml, line 10, classes.Ball.color: this is not an option of ")
    assert first.endswith(" (the first of 3 faults)")


# What turns one valid file into another that may not be.
JUNK = [*"{}[]:,#&*!|>%@-\n\t\0'\"?", "---\n", "<<: ", "!!set ", "*a", "1e999"]
WORDS = (
    "name",
    "groups",
    "classes",
    "{}",
    "1",
    "~",
    "&a ",
    "*a ",
    "!t ",
    "\\u",
    ": ",
    "- ",
    "? ",
    "  ",
)
TOKENS = [*WORDS, *":{}[],|>#\"'\n\t"]


def edited(at: int, cut: int, new: str) -> str:
    return GOOD[:at] + new + GOOD[at + cut :]


mutations = st.builds(
    edited,
    st.integers(0, len(GOOD)),
    st.integers(0, 30),
    st.one_of(st.text(max_size=6), st.sampled_from(JUNK)),
)
token_soup = st.lists(st.sampled_from(TOKENS), max_size=40)


@settings(max_examples=400, deadline=None)
@given(st.one_of(mutations, token_soup.map("".join), st.text()))
@example("\ud800")
@example("- " * 3000)
@example("? " * 3000)
@example("{" * 3000)
@example("[" * 3000 + "]" * 3000)
@example('{"a":' * 3000)
@example("a: &a [*a]")
@example("name: 0x" + "F" * 5000)
@example(GOOD.replace("red", "0x" + "F" * 5000))
@example(GOOD.replace("blue}", "{red: 1e308, blue: 1e308}}"))
@example(GOOD.replace("blue}", "{red: 0x" + "F" * 5000 + "}}"))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    message = ""
    try:
        parse_system(text, "f.yaml")
    except SystemFileError as error:
        message = str(error)
    assert message == "" or message.startswith("f.yaml")
    assert len(message) < 2000
    assert all(line.isprintable() for line in message.split("\n"))
