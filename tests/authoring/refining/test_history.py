import pytest

from tests.authoring.refining.test_loop import refined, shuffled
from tests.authoring.refining.worlds import draw_world
from twentyq.authoring.refining.history import told, with_history
from twentyq.authoring.refining.proposing import Change
from twentyq.system import dump_system, parse_system


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (Change("groups", "wing", "4 prompts", ""), "groups of wing: 4 prompts → left out"),
        (Change("wordings", "wing", "gray", "grey"), "wordings of wing: gray → grey"),
        (Change("rules", "", "as they stood", "learned"), "rules: as they stood → learned"),
    ],
)
def test_a_change_is_told_on_one_line(change, line):
    assert told(change) == line


def test_history_is_kept_in_the_file_and_grows():
    pool, system = draw_world()
    made = refined(pool, shuffled(system, "g2"), ("groups",))
    once = with_history(made, "settings of it")
    changed, figures, settings = once.history
    assert changed == "round 1, groups of g2: 4 prompts → left out"
    assert figures.startswith("of 48 pictures that had no part in it, full names ")
    assert f"{made.test.before.count} rightly before" in figures
    assert f"and {made.test.after.count} after" in figures
    assert settings == "settings of it"
    assert parse_system(dump_system(once)) == once
    again = with_history(refined(pool, once, ("groups",)), "again")
    assert again.history[:3] == once.history
    assert again.history[-1] == "again"
