from dataclasses import replace

from twentyq.training.evaluation import Evaluation
from twentyq.training.highlights import FIRST, goals, highlights, in_words
from twentyq.training.measures import Difference, Figure
from twentyq.training.protocol import load_protocol
from twentyq.training.report import PAIRED
from twentyq.training.speed import Cost

ASKED = {(row.part, row.measure) for row in load_protocol().figures}
CHEAP = Cost(9.0, 8.0, 44.0)


def result(share: float, cost: Cost = CHEAP) -> Evaluation:
    """Every figure of the protocol has this share, and questions beat names by a tenth."""
    figures = (Figure(*one, "all", 72, 0.0625, share, share - 0.1, share + 0.1) for one in ASKED)
    gap = Difference("unseen-24", "full - names", "all", 72, 0.1, -0.05, 0.25)
    return Evaluation("encoder", "sha256:0", 20.0, 1.0, cost, tuple(figures), (gap,), ())


def rows(table: str) -> dict[str, list[str]]:
    lines = [line.removeprefix("| ").removesuffix(" |") for line in table.splitlines()]
    cells = [line.split(" | ") for line in lines]
    return {title: rest for title, *rest in cells}


def test_only_figures_of_the_protocol_come_first():
    paired = {(part, measure) for _, part, measure in PAIRED}
    assert {(part, measure) for _, part, measure in FIRST} <= ASKED | paired


def test_one_result_is_shown_with_chance_and_interval():
    shown = rows(highlights(result(0.4)))
    assert shown["shape, unseen wordings"] == ["72", "6.2%", "40.0%", "30.0% to 50.0%"]
    paired = shown["24 unseen animals, five groups minus names, paired"]
    assert paired == ["72", "0", "+10.0%", "-5.0% to +25.0%"]
    assert shown["one picture, one CPU thread"] == ["", "", "9.0 ms", ""]
    assert shown["one prompt, one CPU thread"] == ["", "", "8.0 ms", ""]
    assert shown["weights"] == ["", "", "44.0 MB", ""]


def test_seeds_are_shown_beside_it_as_mean_and_range():
    shown = rows(highlights(result(0.4), [result(0.2), result(0.3), result(0.7)]))
    assert shown["what is asked"][-1] == "short schedule, seeds: 3"
    assert shown["shape, unseen wordings"][-2:] == ["30.0% to 50.0%", "40.0% (20.0% to 70.0%)"]
    assert shown["weights"][-1] == ""
    assert {len(cells) for cells in shown.values()} == {5}


def test_what_was_not_measured_is_said():
    nothing = replace(result(0.4), figures=(), differences=())
    shown = rows(highlights(nothing, [nothing]))
    assert shown["trait, unseen wordings"] == ["", "", "not measured", "", "not measured"]
    assert in_words(nothing, "birds", "names") == "not measured"


def test_a_figure_stands_in_a_sentence():
    assert in_words(result(0.4), "birds", "names") == "40.0% (n = 72, chance 6.2%)"


def test_goals_that_are_not_reached_are_listed():
    assert goals(result(0.9)) == "12 of 12 are reached."
    told = goals(result(0.5, Cost(15.0, 12.5, 44.0)))
    assert told.startswith("7 of 12 are reached.\n\n- not reached: ")
    assert told.splitlines()[2:] == [
        "- not reached: shape, unseen wordings, bias removed: 0.500, the goal is 0.55",
        "- not reached: trait, unseen wordings, bias removed: 0.500, the goal is 0.58",
        "- not reached: scene, unseen wordings, bias removed: 0.500, the goal is 0.78",
        "- not reached: `pokemon-177`, colour, bias removed: 0.500, the goal is 0.52",
        "- not reached: milliseconds for a prompt: 12.5, the goal is at most 12",
    ]


def test_a_goal_that_was_not_measured_is_not_reached():
    told = goals(replace(result(0.9), figures=()))
    assert told.startswith("3 of 12 are reached.")
    assert "124 concepts, names: not measured, the goal is 0.30" in told
