"""The table shows the interval of one result, the spread of seeds, and what was not measured."""

import pytest

from twentyq.errors import UsageError
from twentyq.training.evaluation import Evaluation
from twentyq.training.measures import Difference, Figure
from twentyq.training.report import markdown
from twentyq.training.speed import Cost


def result(share: float) -> Evaluation:
    figure = Figure("unseen-24", "full", "all", 72, 1 / 24, share, share - 0.1, share + 0.1)
    gap = Difference("unseen-24", "full - names", "all", 72, share, share - 0.1, share + 0.1)
    return Evaluation(
        encoder="one",
        identity="sha256:0",
        scale=20.0,
        seconds=1.0,
        cost=Cost(10 * share, 8.0, 44.04),
        figures=(figure,),
        differences=(gap,),
        left_out=("birds: the data folder has no birds/attributes.json",),
    )


def rows(table: str) -> dict[str, list[str]]:
    lines = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("|")]
    return {cells[0]: [cell.strip() for cell in cells[1:]] for cells in lines}


def test_one_result_is_shown_with_its_interval():
    table = rows(markdown([result(0.4)], ["builtin"]))
    assert table["set"][-1] == "builtin"
    assert table["24 unseen animals, full"] == ["72", "0.042", "", "", "0.400 [0.30, 0.50]"]
    assert table["24 unseen animals: full minus names, paired"][-1] == "+0.400 [+0.300, +0.500]"


def test_seeds_of_one_name_are_shown_as_mean_and_range():
    table = rows(markdown([result(0.4), result(0.9), result(0.5)], ["seeds", "one", "seeds"]))
    assert table["24 unseen animals, full"][-2:] == [
        "0.450 (0.400 to 0.500)",
        "0.900 [0.80, 1.00]",
    ]
    assert table["one picture, one thread, ms"] == ["", "", "", "≤ 15", "4.5", "9.0"]
    assert table["weights, MB"][-1] == "44.0"


def test_goals_and_the_prototypes_figures_stand_beside():
    row = rows(markdown([result(0.4)], ["builtin"]))["24 unseen animals, full, bias removed"]
    assert row == ["", "", "0.396", "≥ 0.50", "not measured"]


def test_what_was_left_out_is_said_once():
    table = markdown([result(0.4), result(0.5)], ["a", "b"])
    said = "- Left out: birds: the data folder has no birds/attributes.json."
    assert table.count(said) == 1


def test_a_table_needs_a_name_for_each_result():
    with pytest.raises(UsageError) as error:
        markdown([result(0.4)], [])
    assert "there is one name for each result" in str(error.value)
    assert "0 names for 1 results" in str(error.value)
