from dataclasses import replace

import pytest

from tests.authoring.refining.worlds import draw_world
from twentyq.authoring.refining.moves import (
    GroupProposer,
    WordingProposer,
    parse_moves,
    proposers,
)
from twentyq.authoring.refining.splitting import Part, SplitBy
from twentyq.authoring.refining.wordings import OwnShape, general_wordings
from twentyq.engine import compile_plan
from twentyq.errors import UsageError


@pytest.fixture(scope="module")
def world():
    pool, system = draw_world(n_classes=4, n_groups=3, each=3)
    return pool, system, pool.stand(system, Part.TRAIN)


def test_moves_are_read_in_the_order_given():
    assert parse_moves(None, SplitBy.PICTURE) == ("wordings", "rules", "groups")
    assert parse_moves(None, SplitBy.CLASS) == ("wordings", "groups")
    assert parse_moves("groups, wordings,groups", SplitBy.CLASS) == ("groups", "wordings")


@pytest.mark.parametrize(
    ("text", "by", "told"),
    [
        ("wording", SplitBy.PICTURE, ["--moves: there is no such move", "did you mean 'wordings'"]),
        ("", SplitBy.PICTURE, ["there is no such move", "got: ''"]),
        (
            "groups,rules",
            SplitBy.CLASS,
            ["whose pictures are kept apart", "got: groups,rules with --split class"],
        ),
    ],
)
def test_what_cannot_be_obeyed_is_refused(text, by, told):
    with pytest.raises(UsageError) as refused:
        parse_moves(text, by)
    assert all(part in str(refused.value) for part in told)


def test_moves_are_made_in_their_order(world):
    made = proposers(("groups", "rules"), world[1], general_wordings())
    assert [proposer.name for proposer in made] == ["groups", "rules"]
    assert made[1].written is world[1]


def test_wordings_change_one_template_or_one_option_and_no_meaning(world):
    pool, system, now = world
    own = {"g1": OwnShape(prompts=["{} it is"], options={"o1": ["one"]})}
    proposer = WordingProposer(system, replace(general_wordings(), own=own))
    assert proposer.coordinates(system) == ("g0", "g1", "g2")
    found = proposer.propose(pool, now, "g1")
    before = compile_plan(system)
    for candidate in found:
        plan = compile_plan(candidate.system)
        assert (plan.rules == before.rules).all()
        [changed] = set(candidate.system.groups) - set(system.groups)
        assert changed.name == candidate.change.group == "g1"
        assert candidate.change.after in (changed.prompt, *changed.options)
        assert candidate.change.before in (system.groups[1].prompt, *system.groups[1].options)
    assert any(candidate.change.after == "one" for candidate in found)
    assert any(candidate.change.after == "{} it is" for candidate in found)
    assert len({candidate.system.groups for candidate in found}) == len(found)


def test_two_groups_never_come_to_ask_the_same(world):
    pool, system, _ = world
    asks = replace(
        system, groups=(replace(system.groups[0], prompt="It is {}."), *system.groups[1:])
    )
    proposer = WordingProposer(system, general_wordings())
    pool.embed([asks])
    found = proposer.propose(pool, pool.stand(asks, Part.TRAIN), "g1")
    prompts = [candidate.system.groups[1].prompt for candidate in found]
    assert "something {}" in prompts
    assert "It is {}." not in prompts


def test_a_group_that_is_gone_has_no_candidates(world):
    pool, system, now = world
    for proposer in (WordingProposer(system, general_wordings()), GroupProposer()):
        assert proposer.propose(pool, now, "g9") == []


def test_a_group_is_left_out_with_its_rules(world):
    pool, _, now = world
    [candidate] = GroupProposer().propose(pool, now, "g1")
    assert [group.name for group in candidate.system.groups] == ["g0", "g2"]
    assert all(set(rules) == {"g0", "g2"} for rules in candidate.system.rules.values())
    assert (candidate.change.before, candidate.change.after) == ("4 prompts", "")


def test_the_last_group_and_the_last_rule_of_a_class_stay(world):
    pool, system, _ = world
    alone = replace(system, groups=system.groups[:1])
    assert GroupProposer().propose(pool, pool.stand(alone, Part.TRAIN), "g0") == []
    rules = {**system.rules, "c2": {"g1": system.rules["c2"]["g1"]}}
    scarce = replace(system, rules=rules)
    assert GroupProposer().propose(pool, pool.stand(scarce, Part.TRAIN), "g1") == []
    assert len(GroupProposer().propose(pool, pool.stand(scarce, Part.TRAIN), "g0")) == 1
