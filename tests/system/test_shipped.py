"""Every system that comes along: described, licensed, without a fault, and in the table of them."""

import re
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.conftest import REPOSITORY
from twentyq.cli import app
from twentyq.review import Rank, list_findings
from twentyq.system import available_systems, load_system, parse_system

NAMES = [name for name, _ in available_systems()]
PAGE = REPOSITORY / "systems" / "README.md"
shipped = cache(load_system)


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_is_where_it_comes_from_and_what_others_may_do(name: str) -> None:
    system = shipped(name)
    assert system.name == name
    assert system.about
    assert system.source
    assert system.license


@pytest.mark.parametrize("name", NAMES)
def test_its_rules_have_no_fault_that_it_does_not_accept(name: str) -> None:
    found = list_findings(shipped(name))
    assert [one.what for one in found if one.rank is Rank.error and not one.accepted] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_it_passes_the_strict_check_with_the_builtin_encoder(name: str) -> None:
    result = CliRunner().invoke(app, ["system", "check", name, "--strict"])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("name", NAMES)
def test_ties_that_it_accepts_are_its_ties_and_have_a_reason(name: str) -> None:
    system = shipped(name)
    accepted = system.accepts.get("tie", ())
    assert sorted(map(sorted, accepted)) == sorted(map(sorted, system.tie_sets))
    assert bool(accepted) == bool(system.accepts.get("why"))


def test_the_table_tells_of_every_system() -> None:
    table = PAGE.read_text("utf-8").split("<!-- systems -->\n")[1].split("\n\n")[0]
    expected = []
    for name in NAMES:
        system = shipped(name)
        counts = f"{len(system.classes)} | {len(system.groups)} | {system.n_prompts}"
        expected.append(
            f"| [`{name}`]({name}.yaml) | {counts} | {system.source} | {system.license} |"
        )
    assert table.splitlines()[2:] == expected


def test_the_example_is_a_system() -> None:
    [example] = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    system = parse_system(example, "example")
    assert system.tie_sets == ()
    assert list_findings(system) == ()


@pytest.mark.parametrize(
    "page", [PAGE, *sorted((REPOSITORY / "examples").glob("*/README.md"))], ids=str
)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target
