"""`systems/animals.yaml`: every two animals can be told apart, and no option gives a name away."""

import re
from itertools import combinations

import pytest

from twentyq.system import System, load_system
from twentyq.training.held_out import held_out_animals, mentions_held_out


@pytest.fixture(scope="module")
def animals() -> System:
    return load_system("animals")


def test_its_size(animals: System) -> None:
    assert len(animals.classes) == 84
    assert [len(group.options) for group in animals.groups] == [12, *[13] * 3, 11, 8, *[13] * 5]
    assert animals.n_prompts == 135
    assert (animals.license, animals.crop, dict(animals.labels)) == ("CC0-1.0", None, {})


def test_it_holds_the_animals_that_the_builtin_encoder_never_saw(animals: System) -> None:
    assert {animal.name for animal in held_out_animals()} <= set(animals.classes)


def test_any_two_animals_differ_in_three_groups_or_more(animals: System) -> None:
    assert animals.tie_sets == ()
    for one, other in combinations(animals.classes, 2):
        differ = [g.name for g in animals.groups if animals.rule(one, g) != animals.rule(other, g)]
        assert len(differ) >= 3, f"{one} and {other} differ only in {differ}"


def test_any_two_animals_are_one_and_a_half_groups_apart(animals: System) -> None:
    for one, other in combinations(animals.classes, 2):
        distance = sum(
            abs(animals.rule(one, group).get(option, 0) - animals.rule(other, group).get(option, 0))
            for group in animals.groups
            for option in group.options
        )
        assert distance / 2 > 1.5, f"{one} and {other} are {distance / 2:.2f} apart"


def test_only_what_stands_out_may_be_unknown(animals: System) -> None:
    asked = {group.name for group in animals.groups}
    assert {frozenset(asked - set(rules)) for rules in animals.rules.values()} == {
        frozenset(),
        frozenset({"stands_out"}),
    }


def test_every_option_holds_for_some_animal(animals: System) -> None:
    for group in animals.groups:
        used = {option for rules in animals.rules.values() for option in rules.get(group.name, ())}
        assert used == set(group.options)


def test_no_prompt_names_an_animal(animals: System) -> None:
    names = "|".join(re.escape(name) for name in animals.classes)
    named = re.compile(rf"\b({names})(s|es)?\b", re.IGNORECASE)
    assert named.search("shaped like a Fox")
    prompts = [prompt for group in animals.groups for prompt in group.prompts]
    assert [prompt for prompt in prompts if named.search(prompt)] == []
    assert [prompt for prompt in prompts if mentions_held_out(prompt)] == []


def test_its_wording_is_not_the_article_s(animals: System) -> None:
    article = load_system("pokemon")
    assert not {g.prompt for g in animals.groups} & {g.prompt for g in article.groups}
    colors = set(animals.groups[0].options)
    published = {option for group in article.groups for option in group.options}
    assert published & {option for group in animals.groups for option in group.options} <= colors
