import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twentyq.system import AttributeGroup
from twentyq.system.document import Fault, KeyPath
from twentyq.system.rules import RawRule, resolve

GROUP = AttributeGroup("color", "It is {}.", ("white", "gray", "brown"))


@pytest.mark.parametrize(
    ("rule", "distribution"),
    [
        ("gray", {"gray": 1}),
        (1, {"gray": 1}),
        (["gray", 0], {"white": 0.5, "gray": 0.5}),
        (["gray"], {"gray": 1}),
        ({"gray": 3, "white": 1}, {"white": 0.25, "gray": 0.75}),
        ({"gray": 3, "white": 0}, {"gray": 1}),
        ({"white": 1e308, "gray": 1e308}, {"white": 0.5, "gray": 0.5}),
        ({"white": 5e-324, "gray": 5e-324}, {"white": 0.5, "gray": 0.5}),
        ({"white": 1e308, "gray": 5e-324}, {"white": 1}),
    ],
)
def test_a_rule_is_a_distribution(rule: RawRule, distribution: dict[str, float]) -> None:
    resolved = resolve(rule, GROUP, ())
    assert resolved == distribution
    assert isinstance(resolved, dict)
    assert list(resolved) == [option for option in GROUP.options if option in distribution]


@given(st.lists(st.floats(0, allow_infinity=False), min_size=1, max_size=3).filter(any))
def test_weights_are_normalised_once_and_for_all(weights: list[float]) -> None:
    rule = dict(zip(GROUP.options, weights, strict=False))
    resolved = resolve(rule, GROUP, ())
    assert isinstance(resolved, dict)
    assert math.isclose(sum(resolved.values()), 1)
    assert min(resolved.values()) > 0
    assert resolve(resolved, GROUP, ()) == resolved


STRANGE = "this is not an option of the group 'color'"
NAME_IT = "name an option as it stands in the group, or add it there"


@pytest.mark.parametrize(
    ("rule", "path", "unknown"),
    [("grey", ("r",), "grey"), (["gray", "pink"], ("r", 1), "pink"), ({"": 1}, ("r", ""), "")],
)
def test_a_rule_that_names_no_option(rule: RawRule, path: KeyPath, unknown: str) -> None:
    fault = Fault(path, STRANGE, mend=NAME_IT, unknown=unknown, candidates=GROUP.options)
    assert resolve(rule, GROUP, ("r",)) == fault


@pytest.mark.parametrize(
    ("rule", "what", "got", "allowed"),
    [
        (
            3,
            "there is no option of this index in the group 'color'",
            None,
            "0 to 2, counted from 0",
        ),
        (["gray", 1], "the option 'gray' is named 2 times in one rule", "['gray', 1]", None),
        ({"gray": 0.0}, "the weights of this rule sum to 0", "{'gray': 0.0}", None),
    ],
)
def test_a_rule_that_is_no_distribution(
    rule: RawRule, what: str, got: str | None, allowed: str | None
) -> None:
    fault = resolve(rule, GROUP, ("r",))
    assert isinstance(fault, Fault)
    assert (fault.path, fault.what, fault.got, fault.allowed) == (("r",), what, got, allowed)
    assert fault.mend
