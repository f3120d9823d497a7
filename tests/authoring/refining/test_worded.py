import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.authoring.refining.shades import SYSTEM
from tests.study.seeing import SeeingEncoder
from twentyq.authoring.refining.worded import (
    WordingError,
    read_wording,
    reworded,
    wording_of,
)
from twentyq.system import AttributeGroup, parse_system
from twentyq.system.write import dump_system

SHADE = SYSTEM.groups[0]


class ShortSighted(SeeingEncoder):
    context_length = 4


@given(st.sampled_from(["", "Here you are: ", "```json\n"]), st.sampled_from(["", "\n```", " So."]))
def test_a_wording_is_read_back_as_it_was_whatever_is_said_around_it(before, after):
    text = before + wording_of(SHADE) + after
    assert read_wording(text, SHADE, SeeingEncoder()) == SHADE


def test_words_are_kept_as_they_are_written():
    group = AttributeGroup("shade", "Es ist {} — schön.", ("größer", "kleiner", "gleich"))
    assert "größer" in wording_of(group)
    assert read_wording(wording_of(group), SHADE, SeeingEncoder()) == group


def test_a_prompt_that_the_encoder_would_cut_is_refused():
    text = '{"prompt": "a thing that is {}", "options": ["red", "green", "blue"]}'
    assert read_wording(text, SHADE, SeeingEncoder()).options == ("red", "green", "blue")
    with pytest.raises(WordingError, match=r"longer than the encoder reads.*5 tokens; allowed: 4"):
        read_wording(text, SHADE, ShortSighted())


def test_rules_follow_the_options_they_name():
    text = """\
name: soft
groups:
  shade: {prompt: "Its hue: {}.", options: [crimson, viridian, azure]}
  grain: {prompt: "It looks {}.", options: [noisy, plain]}
classes:
  one: {shade: {crimson: 0.75, azure: 0.25}, grain: noisy}
  two: {grain: plain}
"""
    system = parse_system(text, "soft.yaml")
    # Old options in new places: a rule must not be renamed twice.
    group = AttributeGroup("shade", "It is {}.", ("azure", "crimson", "green"))
    new = reworded(system, group)
    assert new.groups == (group, system.groups[1])
    assert new.rules == {
        "one": {"shade": {"azure": 0.75, "green": 0.25}, "grain": {"noisy": 1.0}},
        "two": {"grain": {"plain": 1.0}},
    }
    assert parse_system(dump_system(new), "new.yaml") == new
