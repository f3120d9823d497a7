import io

import pytest
from rich.console import Console

from twentyq.cli.rules_table import rules_tables
from twentyq.system import AttributeGroup, System, load_system

GROUPS = (
    AttributeGroup("color", "{}", ("red", "green", "light blue", "gray")),
    AttributeGroup("shape", "{}", ("round", "flat")),
)
SYSTEM = System(
    "s",
    GROUPS,
    ("apple", "[b]kite[/b]", "cloud"),
    {
        "apple": {"color": {"red": 0.5, "green": 0.5}, "shape": {"round": 1.0}},
        "[b]kite[/b]": {
            "color": {"red": 0.05, "green": 0.2, "light blue": 0.7, "gray": 0.05},
            "shape": {"flat": 1.0},
        },
        "cloud": {"color": {"red": 1 / 3, "light blue": 1 / 3, "gray": 1 / 3}},
    },
)


def printed(system, width, *, terminal):
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=terminal, color_system=None)
    for table in rules_tables(system, console):
        console.print(table)
        stream.write("\n")
    blocks = stream.getvalue().rstrip("\n").split("\n\n")
    return [[line.rstrip() for line in block.splitlines()] for block in blocks]


def test_a_file_holds_every_rule_whole():
    assert printed(SYSTEM, 200, terminal=False) == [
        [
            "class        color                                          shape",
            "apple        red / green                                    round",
            "[b]kite[/b]  light blue .7 / green .2 / red .05 / gray .05  flat",
            "cloud        red / light blue / gray                        –",
        ]
    ]


def test_a_terminal_shows_the_two_heaviest():
    assert printed(SYSTEM, 60, terminal=True) == [
        [
            "class        color                        shape",
            "apple        red / green                  round",
            "[b]kite[/b]  light blue .7 / green .2 +2  flat",
            "cloud        red / light blue +1          –",
        ]
    ]


def test_groups_that_do_not_fit_come_in_another_block():
    narrow = printed(SYSTEM, 45, terminal=True)
    assert [block[0].split() for block in narrow] == [["class", "color"], ["class", "shape"]]
    assert [len(block) for block in narrow] == [4, 4]


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("name", ["animals", "pokemon-177"])
def test_a_wide_system_keeps_to_the_width_and_loses_no_class(name, width):
    system = load_system(name)
    blocks = printed(system, width, terminal=True)
    assert max(len(line) for block in blocks for line in block) <= width
    assert [group for block in blocks for group in block[0].split()[1:]] == [
        group.name for group in system.groups
    ]
    for block in blocks:
        firsts = [line.split("  ")[0] for line in block[1:] if not line.startswith(" ")]
        assert firsts == list(system.classes)


def test_in_a_file_no_text_is_cut():
    system = load_system("animals")
    [block] = printed(system, 10_000, terminal=False)
    text = "\n".join(block)
    assert len(block) == 1 + len(system.classes)
    options = {option for rules in system.rules.values() for r in rules.values() for option in r}
    assert [option for option in options if option not in text] == []
    assert "+" not in text
    assert "…" not in text
