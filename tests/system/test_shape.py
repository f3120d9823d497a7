import pytest

from tests.system.samples import GOOD, changed
from twentyq.errors import SystemFileError
from twentyq.system import parse_system

RULE = "an option's text, its index, a list of those, or a mapping of options to weights"
TEMPLATE = "a prompt template needs `{}` exactly once, and no other braces"
HEAD = GOOD.split("classes:")[0]


def refusal(text: str) -> list[str]:
    with pytest.raises(SystemFileError) as caught:
        parse_system(text, "f.yaml")
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("text", "first", "rest"),
    [
        (
            changed("name: sample\n", ""),
            "line 1, name: this key is missing",
            ["  to mend: add `name: ...`"],
        ),
        (
            GOOD + "priors: {Ball: 1}\n",
            "line 12, priors: there is no such key",
            [
                "  got: 'priors'",
                "  allowed: name, about, source, license, names_prompt, crop, groups, classes, "
                "labels, prior, accepts, history",
                "  to mend: did you mean 'prior'?",
            ],
        ),
        (
            GOOD + "zzz: 1\n",
            "line 12, zzz: there is no such key",
            ["  to mend: take it out, or put it into a comment"],
        ),
        (
            changed("prompt", "promt"),
            "line 4, groups.color.promt: there is no such key (the first of 2 faults)",
            ["  allowed: prompt, options", "  to mend: did you mean 'prompt'?"],
        ),
        (
            GOOD + "accepts: {ties: []}\n",
            "line 12, accepts.ties: there is no such key",
            ["  allowed: tie, why", "  to mend: did you mean 'tie'?"],
        ),
        (HEAD, "line 1, classes: this key is missing", ["  to mend: add `classes: ...`"]),
        (
            HEAD + "classes:\n",
            "line 9, classes: a system needs at least two classes",
            ["  got: nothing"],
        ),
        (
            HEAD + "classes: [A, B]\n",
            "line 9, classes: a mapping is wanted here",
            ["  got: ['A', 'B']", "  allowed: `key: value` pairs"],
        ),
        (
            changed("  Plate: {color: blue}\n", ""),
            "line 9, classes: a system needs at least two classes",
            ["  to mend: add classes"],
        ),
        (
            changed("Plate: {color: blue}", "Plate:"),
            "line 11, classes.Plate: this class has no rules",
            [
                "  got: nothing",
                "  to mend: write at least one rule, such as `color: white`, or leave the class "
                "out",
            ],
        ),
        (
            changed("Plate: {color: blue}", "Plate: {}"),
            "line 11, classes.Plate: this class has no rules",
            ["  got: {}"],
        ),
        (
            changed("Plate: {color: blue}", "Plate: blue"),
            "line 11, classes.Plate: a mapping is wanted here",
            ["  got: 'blue'"],
        ),
        (
            "name: a\ngroups: {}\nclasses: {A: {b: c}, B: {b: c}}",
            "line 2, groups: there are no attribute groups",
            ["  to mend: write at least one"],
        ),
        (
            changed("[red, blue]", "[red]"),
            "line 5, groups.color.options: a group needs at least two options",
            ["  got: ['red']"],
        ),
        (
            changed("[red, blue]", "red"),
            "line 5, groups.color.options: a list is wanted here",
            ["  got: 'red'", "  to mend: write it as [one, another]"],
        ),
        (
            changed("[red, blue]", "[red, no]"),
            "line 5, groups.color.options[1]: a text is wanted here",
            ["  got: no", '  to mend: quote it: "no"'],
        ),
        (
            changed("[red, blue]", "[red, 1]"),
            "line 5, groups.color.options[1]: a text is wanted here",
            ["  got: 1", '  to mend: quote it: "1"'],
        ),
        (
            changed("[red, blue]", "[red, 2020-01-01]"),
            "line 5, groups.color.options[1]: a text is wanted here",
            ["  got: 2020-01-01", '  to mend: quote it: "2020-01-01"'],
        ),
        (
            changed("[red, blue]", "[red, [blue]]"),
            "line 5, groups.color.options[1]: a text is wanted here",
            ["  got: ['blue']", "  to mend: write one text, without brackets, braces or dashes"],
        ),
        (
            changed("[red, blue]", "[red, ~]"),
            "line 5, groups.color.options[1]: a text is wanted here",
            ["  to mend: write a text after the colon or dash"],
        ),
        (
            changed("[red, blue]", "[red, ' ']"),
            "line 5, groups.color.options[1]: this text is empty",
            ["  got: ' '", "  to mend: write at least one visible character"],
        ),
        (
            changed("[red, blue]", '[red, "a\\tb"]'),
            "line 5, groups.color.options[1]: this text holds a control character or a line break",
            [r"  got: 'a\tb'"],
        ),
        (GOOD + "labels: {Ball: ''}\n", "line 12, labels.Ball: this text is empty", ["  got: ''"]),
        (
            GOOD + "prior: {Ball: 0}\n",
            "line 12, prior.Ball: a prior weight must be a finite number above 0",
            ["  got: 0", "  to mend: leave a class that cannot occur out with --classes"],
        ),
        (
            GOOD + "prior: {Ball: .nan}\n",
            "line 12, prior.Ball: a prior weight must be a finite number above 0",
            ["  got: .nan"],
        ),
        (
            GOOD + "prior: {Ball: true}\n",
            "line 12, prior.Ball: a prior weight must be a finite number above 0",
            ["  got: true"],
        ),
        (
            GOOD + "crop: card\n",
            "line 12, crop: there is no such crop",
            ["  got: 'card'", "  allowed: card-art", "  to mend: or leave the key out"],
        ),
        (
            changed("color: blue", "color: true"),
            "line 11, classes.Plate.color: this is not a rule",
            [
                "  got: true",
                f"  allowed: {RULE}",
                '  to mend: quote it if it is an option\'s text: "true"',
            ],
        ),
        (
            changed("color: blue", "color: [no]"),
            "line 11, classes.Plate.color[0]: this is not a rule",
            ["  got: no"],
        ),
        (
            changed("color: blue", "color: 1.5"),
            "line 11, classes.Plate.color: this is not a rule",
            ["  got: 1.5"],
        ),
        (
            changed("color: blue", "color: "),
            "line 11, classes.Plate.color: this is not a rule",
            ["  got: nothing", "  to mend: leave the group out if it is unknown"],
        ),
        (
            changed("color: blue", "color: []"),
            "line 11, classes.Plate.color: this rule is empty",
            ["  got: []"],
        ),
        (
            changed("color: blue", "color: {}"),
            "line 11, classes.Plate.color: this rule is empty",
            ["  got: {}"],
        ),
        (
            changed("color: blue", "color: -1"),
            "line 11, classes.Plate.color: an index counts options from 0",
            ["  got: -1", "  to mend: name the option instead"],
        ),
        (
            changed("color: blue", "color: [-1]"),
            "line 11, classes.Plate.color[0]: an index counts options from 0",
            ["  got: -1"],
        ),
        (
            changed("color: blue", "color: {red: -1}"),
            "line 11, classes.Plate.color.red: a weight must be a finite number, 0 or above",
            ["  got: -1"],
        ),
        (
            changed("color: blue", "color: {red: .nan}"),
            "line 11, classes.Plate.color.red: a weight must be a finite number, 0 or above",
            ["  got: .nan"],
        ),
        (
            changed("color: blue", "color: {red: .inf}"),
            "line 11, classes.Plate.color.red: a weight must be a finite number, 0 or above",
            ["  got: .inf"],
        ),
        (
            changed("color: blue", "color: {red: much}"),
            "line 11, classes.Plate.color.red: a weight must be a finite number, 0 or above",
            ["  got: 'much'"],
        ),
        (
            changed("color: blue", "color: {red: yes}"),
            "line 11, classes.Plate.color.red: a weight must be a finite number, 0 or above",
            ["  got: yes"],
        ),
    ],
)
def test_faults_of_shape_in_words(text: str, first: str, rest: list[str]) -> None:
    message = refusal(text)
    assert message[0] == f"f.yaml, {first}"
    assert set(rest) <= set(message)


@pytest.mark.parametrize(
    "template", ["", "It is.", "It is {0}.", "{x}", "{} and {}", "{} }", "{{}}", "{{} {}"]
)
def test_templates_that_would_not_be_filled_as_meant(template: str) -> None:
    message = refusal(changed("It is {}.", template))
    assert message[0] == f"f.yaml, line 4, groups.color.prompt: {TEMPLATE}"
    assert (
        refusal(GOOD + f"names_prompt: '{template}'")[0]
        == f"f.yaml, line 12, names_prompt: {TEMPLATE}"
    )


def test_a_list_in_a_rule_is_not_to_be_quoted() -> None:
    message = refusal(changed("color: blue", "color: [[blue]]"))
    assert message[0] == "f.yaml, line 11, classes.Plate.color[0]: this is not a rule"
    assert message[-1] == "  to mend: name the options in one list, or in one mapping with weights"


def test_a_space_that_is_not_printable_is_no_control_character() -> None:
    assert parse_system(changed("It is {}.", "It is\u00a0{}.")).groups[0].prompt == "It is\u00a0{}."
    assert refusal(changed("It is {}.", "It is\u00a0{0}."))[0].endswith(TEMPLATE)


def test_a_group_may_be_named_like_a_key_of_the_format() -> None:
    system = parse_system(GOOD.replace("color", "prompt"))
    assert system.rules["Ball"]["prompt"] == {"red": 1}
    assert refusal(GOOD.replace("color", "prompt").replace("{prompt: blue", "{prompt: ''"))[0] == (
        "f.yaml, line 11, classes.Plate.prompt: this text is empty"
    )
