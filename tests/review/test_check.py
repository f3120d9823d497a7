from collections import Counter
from dataclasses import replace

import pytest

from tests.review.planting import (
    CLEAN,
    IN_PROMPTS,
    IN_RULES,
    OF_THE_UNKNOWN,
    signature,
    with_class,
)
from twentyq.encoder import PromptStore, load_encoder
from twentyq.review import Kind, Rank, list_findings, review_system
from twentyq.system import available_systems, load_system

SYSTEMS = {
    "clean": CLEAN,
    **{name: load_system(path) for name, path in available_systems()},
}


@pytest.fixture(scope="module")
def builtin():
    return load_encoder("builtin", device="cpu")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return PromptStore(tmp_path_factory.mktemp("store") / "prompts.sqlite3")


def expected_of(found):
    return found if isinstance(found, list) else [found]


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("plant", [*IN_RULES, *OF_THE_UNKNOWN], ids=lambda plant: plant.__name__)
def test_a_fault_of_the_rules_is_found_and_no_other(name, plant):
    if name == "pokemon" and plant in OF_THE_UNKNOWN:
        pytest.skip("it would also end that some of the system's groups imply others")
    before = Counter(map(signature, list_findings(SYSTEMS[name])))
    planted, expected = plant(SYSTEMS[name])
    after = Counter(map(signature, list_findings(planted)))
    assert after == before + Counter(expected_of(expected))


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("plant", IN_PROMPTS, ids=lambda plant: plant.__name__)
def test_a_fault_of_the_prompts_is_found_and_no_other(name, plant, builtin, store):
    before = Counter(map(signature, list_findings(SYSTEMS[name], builtin, store)))
    planted, expected = plant(SYSTEMS[name])
    after = Counter(map(signature, list_findings(planted, builtin, store)))
    assert after == before + Counter(expected_of(expected))
    # The rules alone do not tell of it.
    assert Counter(map(signature, list_findings(planted))) == Counter(
        map(signature, list_findings(SYSTEMS[name]))
    )


def test_a_system_without_faults(builtin, store):
    review = review_system(CLEAN, builtin, store)
    assert (review.findings, review.errors, review.encoder) == ((), (), "builtin")
    assert [group.group for group in review.groups] == ["colour", "place", "use"]
    assert review.bounds.bits == pytest.approx(2.585, abs=1e-3)


def test_pokemon_has_its_one_tie_set(builtin, store):
    review = review_system(load_system("pokemon"), builtin, store)
    [tie] = [finding for finding in review.findings if finding.rank is Rank.error]
    assert (tie.kind, tie.accepted) == (Kind.tie, True)
    assert tie.classes == ("Bulbasaur", "Celebi&Venu", "Venusaur")
    assert tie.figures == {"wrong": pytest.approx(2 / 16)}
    assert review.findings[0] is tie
    assert review.errors == ()


def test_every_shipped_system_has_no_error_that_it_does_not_accept(builtin, store):
    for name, system in SYSTEMS.items():
        faults = [f for f in list_findings(system, builtin, store) if f.rank is Rank.error]
        assert all(fault.accepted for fault in faults), name


def test_a_tie_within_a_label_harms_nobody():
    twin = with_class(CLEAN, "tomato, cherry", CLEAN.rules["tomato"])
    assert [f.kind for f in list_findings(twin)] == [Kind.tie]
    labelled = replace(twin, labels={"tomato, cherry": "tomato"})
    assert list_findings(labelled) == ()
