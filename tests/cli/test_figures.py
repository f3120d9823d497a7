from twentyq.cli.figures import aligned, points, share_and_interval, share_on_a_line
from twentyq.study.measures import share_of
from twentyq.study.summary import Estimate


def test_a_share_stands_beside_its_interval():
    assert share_and_interval(share_of(0, 20)) == ("0.0%", "0.0% to 16.1%")
    assert share_on_a_line(share_of(0, 20)) == "0.0% (0 of 20; 95 % 0.0% to 16.1%)"


def test_a_difference_is_told_in_signed_points():
    assert points(Estimate(value=0.125, low=-0.01, high=0.26)) == "+12.5 (-1.0 to +26.0)"


def test_columns_are_as_wide_as_their_widest_cell_and_lines_end_with_their_text():
    rows = [("mode", "share"), ("full", "46.6%"), ("adaptive", "")]
    assert aligned(rows) == "mode      share\nfull      46.6%\nadaptive"
