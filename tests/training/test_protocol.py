"""The protocol agrees with the tables that it was written against."""

import pytest
from pydantic import ValidationError

from twentyq.system import load_system
from twentyq.training.backgrounds import SCENES
from twentyq.training.held_out import HELD_OUT_ICONS, held_out_animals
from twentyq.training.protocol import load_protocol
from twentyq.training.sources import SOURCES

PROTOCOL = load_protocol()


def test_the_unseen_are_the_held_out_icons():
    assert set(PROTOCOL.unseen) == set(HELD_OUT_ICONS)
    assert len(PROTOCOL.unseen) == 24
    assert set(PROTOCOL.unseen.values()) == {animal.name for animal in held_out_animals()}
    assert set(PROTOCOL.unseen) < set(PROTOCOL.animals)


def test_the_unseen_are_classes_of_the_system():
    assert set(PROTOCOL.unseen.values()) <= set(load_system("animals").classes)
    assert set(PROTOCOL.also.values()) <= set(load_system("animals").classes)
    assert set(PROTOCOL.also) <= set(PROTOCOL.animals)


def test_the_test_styles_are_the_sources_for_the_test():
    assert set(PROTOCOL.styles) == {s.style for s in SOURCES if s.used_for == "test"}
    assert set(PROTOCOL.pictures.lent_by) <= {s.style for s in SOURCES if s.used_for == "training"}


def test_there_are_124_animals_and_each_is_described_by_known_options():
    options = PROTOCOL.options
    assert len(PROTOCOL.animals) == 124
    for animal in PROTOCOL.animals.values():
        assert animal.colour in options.colour
        assert animal.kind in options.kind
        assert animal.shape
        assert set(animal.shape) <= set(options.shape)
        assert set(animal.trait) <= set(options.trait)


def test_scenes_are_those_that_are_painted():
    assert set(PROTOCOL.options.scene) == set(SCENES)


@pytest.mark.parametrize("group", ["shape", "trait", "scene"])
def test_no_unseen_wording_is_a_trained_one(group):
    wordings = getattr(PROTOCOL.options, group).values()
    trained = {wording.trained for wording in wordings}
    assert trained.isdisjoint(text for wording in wordings for text in wording.unseen)


def test_every_kind_of_picture_has_three_name_templates():
    for templates in PROTOCOL.names.model_dump().values():
        assert len(templates) == 3
        assert all(template.count("{}") + template.count("{a}") == 1 for template in templates)


def test_a_card_s_class_is_in_the_article_s_system():
    assert set(PROTOCOL.cards.values()) <= set(load_system("pokemon").classes)


def test_the_protocol_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        PROTOCOL.pictures.seed = 6  # type: ignore[misc]  # that is the point
