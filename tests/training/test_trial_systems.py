"""The systems of the test say what the protocol says."""

import json

import pytest

from twentyq.training import trial_systems
from twentyq.training.protocol import load_protocol

PROTOCOL = load_protocol()


def test_five_groups_in_trained_wordings():
    system = trial_systems.five_groups(PROTOCOL, unseen=False)
    assert [len(group.options) for group in system.groups] == [13, 6, 17, 25, 20]
    assert len(system.classes) == 124
    assert system.rules["tiger"] == {
        "colour": {"orange": 1.0},
        "kind": {"a mammal": 1.0},
        "shape": {"cat-like": 1.0},
        "trait": {"stripes": 1.0},
        "second trait": {"a long tail": 1.0},
    }
    assert "Its shape is cat-like." in system.groups[2].prompts


def test_five_groups_in_unseen_wordings_share_no_option_of_shape_or_trait():
    trained, unseen = (trial_systems.five_groups(PROTOCOL, unseen=u) for u in (False, True))
    assert trained.classes == unseen.classes
    for one, other in zip(trained.groups[2:], unseen.groups[2:], strict=True):
        assert set(one.options).isdisjoint(other.options)
    assert "Its most notable feature is bold stripes." in unseen.groups[3].prompts


def test_an_animal_without_a_trait_has_no_rule_there():
    rules = trial_systems.five_groups(PROTOCOL, unseen=False).rules
    assert set(rules["gorilla"]) == {"colour", "kind", "shape"}
    assert set(rules["fox"]) == {"colour", "kind", "shape", "trait"}


@pytest.mark.parametrize(
    ("noun", "spoken"),
    [("owl", "an owl"), ("unicorn", "a unicorn"), ("T-Rex", "a T-Rex"), ("ox", "an ox")],
)
def test_articles_are_spoken(noun, spoken):
    assert trial_systems.with_article(noun) == spoken


def test_names_fill_templates_bare_or_with_an_article():
    system = trial_systems.colours(PROTOCOL.pokemon_colour)
    called = {one: one.upper() for one in system.classes}
    bare, spoken = trial_systems.names(system, ["{}!", "It is {a}."], called)
    assert bare.groups[0].prompts[4:6] == ("GREEN!", "PINK!")
    assert spoken.groups[0].prompts[5:7] == ("It is a PINK.", "It is a PURPLE.")
    assert bare.classes == spoken.classes == PROTOCOL.pokemon_colour.options


def test_birds_follow_the_option_most_often_chosen(tmp_path):
    table = {
        "groups": {"has_bill_shape": ["hooked", "curved_(up_or_down)"], "has_size": ["a", "b"]},
        "classes": {
            "Gull": {"has_bill_shape": {"top": "curved_(up_or_down)"}, "has_size": {"top": "z"}},
            "Wren": {"has_bill_shape": {"top": "hooked"}, "has_size": {"top": "b"}},
        },
    }
    path = tmp_path / "attributes.json"
    path.write_text(json.dumps(table), encoding="utf-8")
    system = trial_systems.birds(path, PROTOCOL.birds.template)
    assert system.groups[0].prompts[1] == "This bird's bill shape is curved up or down."
    # "z" is no option, so nothing is known of the gull's size.
    assert system.rules["Gull"] == {"has_bill_shape": {"curved up or down": 1.0}}
    assert system.rules["Wren"]["has_size"] == {"b": 1.0}
