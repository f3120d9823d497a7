"""The figures of docs/optimum.md are those that its command makes."""

import itertools
import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from twentyq.engine import compile_plan, parse_policy
from twentyq.study.worlds import draw_system

REPOSITORY = Path(__file__).resolve().parent.parent.parent
PAGE = (REPOSITORY / "docs" / "optimum.md").read_text(encoding="utf-8").splitlines()
BENCHMARK = SimpleNamespace(**runpy.run_path(str(REPOSITORY / "benchmarks" / "optimum.py")))
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def on_the_page(table):
    """The lines of the page from a table's first line on, as many as the table has."""
    assert table[0] in PAGE, f"{table[0]!r} is not on the page: run `python benchmarks/optimum.py`"
    first = PAGE.index(table[0])
    return PAGE[first : first + len(table)]


def check(table):
    lines = list(table)
    for line, shown in zip(lines, on_the_page(lines), strict=True):
        assert NUMBER.sub("#", line) == NUMBER.sub("#", shown)
        # Ties that differ in their last bits may fall the other way on another machine.
        made, stated = (list(map(float, NUMBER.findall(text))) for text in (line, shown))
        assert stated == pytest.approx(made, rel=0.02, abs=0.1), shown


@pytest.mark.parametrize("table", ["unequal_table", "mode_table"])
def test_the_page_shows_the_constructed_systems_as_they_are(table):
    check(getattr(BENCHMARK, table)())


@pytest.mark.slow
def test_the_page_shows_what_the_command_prints(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["optimum.py"])
    BENCHMARK.main()
    tables = capsys.readouterr().out.strip().split("\n\n")
    assert len(tables) == 2 + 2 * 6 + 2  # the six by noise have a line of their own above them
    for table in tables:
        if table.startswith("| policy"):
            continue  # the six begin alike; they are looked up with the line above
        check(table.splitlines())
    for above, table in itertools.pairwise(tables):
        if table.startswith("| policy"):
            check([above, "", *table.splitlines()])


def test_a_gap_is_of_the_mean_over_systems():
    rng = np.random.default_rng(0)
    plans = [compile_plan(draw_system(rng)) for _ in range(4)]
    lines = list(BENCHMARK.gap_table(plans, 0.2, 0.2))
    spent = [BENCHMARK.prompts_spent(p, 0.2, 0.2, 0.9, [parse_policy("gini")]) for p in plans]
    best = np.array([row["optimum"] for row in spent])
    gini = np.array([row["gini"] for row in spent])
    everything = np.array([p.n_prompts for p in plans])
    shown = next(line for line in lines if line.startswith("| gini |"))
    mean, gap, low, high, worst, kept = map(float, NUMBER.findall(shown))
    gaps = 100 * (gini / best - 1)
    assert mean == pytest.approx(gini.mean(), abs=0.006)
    assert gap == pytest.approx(gaps.mean(), abs=0.006)
    assert gaps.min() - 0.01 <= low <= gap <= high <= gaps.max() + 0.01
    assert worst == pytest.approx(gaps.max(), abs=0.06)
    saved = (everything - gini).sum() / (everything - best).sum()
    assert kept == pytest.approx(100 * saved, abs=0.6)
    assert f"optimum spends {best.mean():.2f}" in lines[0]
