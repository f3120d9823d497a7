import pytest

from twentyq.engine import parse_policy
from twentyq.engine.policies import GainPolicy, GiniPolicy, RandomPolicy, StaticPolicy
from twentyq.errors import UsageError


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("gain", GainPolicy()),
        ("gain-per-prompt", GainPolicy(per_prompt=True)),
        ("gini", GiniPolicy()),
        ("gini-per-prompt", GiniPolicy(per_prompt=True)),
        ("static", StaticPolicy()),
        ("static:b, a", StaticPolicy(("b", "a"))),
        ("random", RandomPolicy()),
        ("random:7", RandomPolicy(7)),
    ],
)
def test_every_policy_has_its_text(text, policy):
    assert parse_policy(text) == policy
    assert parse_policy(text).name == text.replace(" ", "")


@pytest.mark.parametrize(
    "text", ["gainn", "gain:3", "random:x", "random:" + "9" * 19, "static:", ""]
)
def test_what_is_no_policy_is_refused(text):
    with pytest.raises(UsageError) as caught:
        parse_policy(text)
    assert "no such policy" in str(caught.value)
    assert "allowed: gain, gain-per-prompt" in str(caught.value)
    assert ("did you mean 'gain'?" in str(caught.value)) == (text == "gainn")
