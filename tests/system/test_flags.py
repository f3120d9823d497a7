"""`systems/flags.yaml`: as its command makes it, and right by two sources that agree."""

import csv
import re
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import REPOSITORY
from twentyq.engine import compile_plan
from twentyq.system import System, load_system

FOLDER = REPOSITORY / "examples" / "flags"
TABLE = {
    row["state"]: row
    for row in csv.DictReader((FOLDER / "flags.csv").read_text("utf-8").splitlines())
}
# What the Factbook calls colours that the system has under a plainer name.
PLAIN = {
    "gold": "yellow",
    "golden yellow": "yellow",
    "saffron": "orange",
    "maroon": "dark red",
    "aquamarine": "light blue",
    "sky blue": "light blue",
    "light green": "green",
}
COLOUR = r"((?:sky |light |golden )?[a-z]+)"
STRIPES = re.compile(
    r"^(?:design consists of )?(?:two|three),? (?:equal,? )?(horizontal|vertical)"
    rf" (?:bands|stripes) (?:consisting )?of {COLOUR}\b[^;]*? and {COLOUR}\b"
    r"(?=;|,| -| with| derive| superimposed|$)"
)


@pytest.fixture(scope="module")
def flags() -> System:
    return load_system("flags")


def test_the_command_makes_the_file_that_comes_along(tmp_path: Path) -> None:
    command = [sys.executable, str(FOLDER / "make_system.py"), str(tmp_path / "made.yaml")]
    made = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")
    shipped = (REPOSITORY / "systems" / "flags.yaml").read_bytes()
    assert (tmp_path / "made.yaml").read_bytes() == shipped


def test_its_size(flags: System) -> None:
    assert len(flags.classes) == 193 + 2
    assert {"Palestine", "Vatican City"} < set(flags.classes)  # the observers
    assert (len(flags.groups), flags.n_prompts) == (13, 104)


def test_only_flags_that_people_confuse_are_alike(flags: System) -> None:
    assert flags.tie_sets == (("Chad", "Romania"), ("Indonesia", "Monaco"))


def test_answers_as_the_rules_have_them_name_all_but_four(flags: System) -> None:
    rules = np.array(
        [
            [flags.rule(name, g).get(option, 0) for g in flags.groups for option in g.options]
            for name in flags.classes
        ]
    )
    named = np.argmax(rules @ rules.T, axis=1)
    missed = {
        flags.classes[truth]: flags.classes[label]
        for truth, label in enumerate(named)
        if truth != label
    }
    assert missed == {
        "El Salvador": "Nicaragua",
        "Monaco": "Indonesia",
        "Norway": "Denmark",
        "Romania": "Chad",
    }


def test_every_option_holds_for_some_flag_and_every_flag_has_every_rule(flags: System) -> None:
    assert all(set(rules) == {g.name for g in flags.groups} for rules in flags.rules.values())
    assert compile_plan(flags).n_prompts == flags.n_prompts
    for group in flags.groups:
        used = {option for rules in flags.rules.values() for option in rules[group.name]}
        assert used == set(group.options), group.name


def test_what_is_not_there_has_no_place_and_is_not_counted(flags: System) -> None:
    for name, rules in flags.rules.items():
        plain = "no symbol at all" in rules["symbol"]
        assert plain == ("no symbol anywhere" in rules["symbol_place"]), name
        counted = "no stars" not in rules["stars"]
        assert not counted or rules["symbol"].keys() & {"stars", "a crescent moon"}, name
        assert counted or "stars" not in rules["symbol"], name


def test_first_and_last_stripe_are_measured_as_they_are_described(flags: System) -> None:
    checked = 0
    for name, row in TABLE.items():
        description = re.sub(r" \([^)]*\)", "", row["description"])
        stripes = STRIPES.match(description)
        if stripes is None:
            continue
        direction, *described = stripes.groups()
        edges = ("top", "bottom") if direction == "horizontal" else ("left", "right")
        for colour, edge in zip(described, edges, strict=True):
            measured = max(flags.rules[name][edge].items(), key=lambda share: share[1])[0]
            # Light blue is a blue, too.
            assert measured.endswith(PLAIN.get(colour, colour)), f"{name}, {edge}"
        checked += 1
    assert checked == 100


def test_no_correction_repeats_what_the_words_say(flags: System) -> None:
    maker = runpy.run_path(str(FOLDER / "make_system.py"))
    corrections, wordings = maker["_yaml"]("corrections.yaml"), maker["_yaml"]("wordings.yaml")
    for name, groups in corrections.items():
        look = maker["looks"](TABLE[name]["description"])
        for group, keys in groups.items():
            found = maker["read"](look, wordings["read"][group]["options"])
            assert set(found) != ({keys} if isinstance(keys, str) else set(keys)), (name, group)


def test_the_states_are_those_of_the_table() -> None:
    states = list(csv.DictReader((FOLDER / "states.csv").read_text("utf-8").splitlines()))
    assert [state["state"] for state in states] == list(TABLE)
    for column in ("drawing", "description"):
        assert len({state[column] for state in states}) == len(states)
