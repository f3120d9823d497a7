"""Figures in words: signs, intervals, and which sentence stands at the top."""

import pytest

from tests.study.report.summaries import summary
from twentyq.errors import TwentyqError
from twentyq.study.report import wording
from twentyq.study.summary import Estimate, McNemar, Share


def estimate(value, low, high):
    return Estimate(value=value, low=low, high=high)


def told(low, high):
    """The headline's last sentence where the difference from full has this interval."""
    found = summary()
    middle = (low + high) / 2
    modes = [
        mode.model_copy(update={"difference": estimate(middle, low, high)})
        if mode.name == found.default
        else mode
        for mode in found.modes
    ]
    return wording.headline(found.model_copy(update={"modes": modes})).split(". ")[-1]


def test_a_difference_is_called_one_only_beyond_its_interval():
    assert told(0.02, 0.04) == "Adaptive play is better by +3.0 points (+2.0 to +4.0)."
    assert told(-0.04, -0.02) == "Adaptive play is worse: −3.0 points (−4.0 to −2.0)."
    assert told(-0.01, 0.01) == (
        "The difference, 0.0 points (−1.0 to +1.0), cannot be told from none."
    )


@pytest.mark.parametrize(
    ("value", "said"), [(0.1234, "+12.3"), (-0.1234, "−12.3"), (-0.0001, "0.0"), (0.0, "0.0")]
)
def test_points_have_a_sign_except_nought(value, said):
    assert wording.points(value) == said


def test_shares_and_their_intervals():
    share = Share(count=1, total=3, share=1 / 3, low=0.0615, high=0.7923)
    assert wording.share(share) == ("33.3\u00a0%", "6.2–79.2")
    assert wording.share(None) == ("–", "")
    assert wording.estimate(estimate(-0.05, -0.08, -0.02)) == ("−5.0\u00a0%", "−8.0 to −2.0")
    assert wording.amount(estimate(1234.56, 1000, 2000)) == ("1,234.6", "1,000.0–2,000.0")
    assert wording.difference(None) == ("–", "")
    assert [wording.bits(value) for value in (1.234, -0.5, None)] == ["1.23", "−0.50", "–"]


def test_tests_and_thresholds():
    tested = McNemar(only_this=3, only_full=30, p=1e-9, p_holm=0.0213)
    assert wording.mcnemar(tested) == ("0.021", "3 : 30")
    assert wording.chance_of(1e-9) == "< 0.001"
    assert wording.mcnemar(None) == ("–", "")
    assert wording.threshold(None) == "none holds"
    assert wording.threshold(-2.34567) == "−2.346"


def test_what_cannot_be_printed_is_escaped():
    assert wording.plain("a\tb\x00\u202e\udc80é 木\nc") == "a\\tb\\x00\\u202e\\udc80é 木\nc"


def test_the_defaults_stop_rule_comes_first():
    assert wording.stop_rules(summary()) == ["confidence", "questions", "margin", "agrees"]


def test_a_saving_that_was_not_measured_is_not_told():
    assert wording.saving_sentence(summary().model_copy(update={"savings": []})) is None


def test_a_default_that_is_none_of_the_modes():
    with pytest.raises(TwentyqError) as refused:
        wording.headline(summary().model_copy(update={"default": "adaptive"}))
    assert str(refused.value).startswith(
        "summary.default: the default is none of the modes\n  got: 'adaptive'\n  allowed: 'full', "
    )
