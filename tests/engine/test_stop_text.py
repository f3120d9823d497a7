import pytest

from twentyq.engine import parse_stop
from twentyq.engine.stopping import Agrees, Both, Certain, Either, Margin, Questions
from twentyq.errors import UsageError


def test_and_binds_more_strongly_than_or():
    got = parse_stop("certain|margin:0.5&questions:3")
    assert got == Either((Certain(), Both((Margin(0.5), Questions(3)))))
    assert got.needs_score
    assert got.targets == ()


def test_agrees_names_its_target_and_so_do_rules_that_hold_it():
    assert parse_stop("agrees:0.99") == Agrees(0.99)
    assert Agrees(0.99).reasons == ("agrees:0.99",)
    joined = parse_stop("certain|agrees:0.99&questions:3|agrees:0.9")
    assert joined.targets == (0.99, 0.9)
    assert joined.needs_score


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("confidense:0.9", "did you mean confidence:…?"),
        ("certan", "did you mean certain?"),
        ("certain:1", "no such stop rule"),
        ("confidence", "no such stop rule"),
        ("confidence:high", "no such stop rule"),
        ("confidence:nan", "no such stop rule"),
        ("confidence:1.5", "confidence is compared with a probability"),
        ("margin:0", "margin is compared with a probability"),
        ("questions:0", "no such stop rule"),
        ("questions:-2", "no such stop rule"),
        ("questions:" + "9" * 5000, "no such stop rule"),
        ("certain|", "no such stop rule"),
        ("agrees", "no such stop rule"),
        ("agrees:1", "agrees names the share of pictures that keep full's label"),
        ("agrees:-0.5", "allowed: above 0, below 1"),
        ("agreees:0.9", "did you mean agrees:…?"),
        (
            "",
            "allowed: confidence:P, margin:P, questions:N, agrees:P, certain, none; joined by | "
            "and &",
        ),
    ],
)
def test_what_is_no_stop_rule_is_refused(text, message):
    with pytest.raises(UsageError) as caught:
        parse_stop(text)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 300
