import dataclasses
import json
from pathlib import Path

import pytest

from tests.authoring.building.birdwatcher import BIRDS, KNOWN, answer, classes_in, fields, step
from tests.authoring.building.conftest import brief_of, opened
from tests.authoring.openai_server import serving
from twentyq.authoring.building.drafting import draft_system
from twentyq.authoring.building.forecast import forecast_draft
from twentyq.authoring.building.room import Room
from twentyq.authoring.language_model import estimated_tokens
from twentyq.errors import LanguageModelError

FLAWED = Path(__file__).parents[1] / "replies" / "flawed.json"
REFUSAL = "I'm sorry, but I can't help with that."


def rule_of(choice):
    options = [choice] if isinstance(choice, str) else choice
    return dict.fromkeys(options, 1 / len(options))


EXPECTED = {
    name: {
        group: rule_of(rules[name])
        for group, (_, rules) in KNOWN.items()
        if rules[name] is not None
    }
    for name in BIRDS
}


def test_names_alone_become_a_system_in_as_many_calls_as_forecast(brief, terms, said):
    with serving(answer) as server:
        draft = draft_system(brief, opened(server), terms)
    assert draft.system.rules == EXPECTED
    assert draft.system.classes == BIRDS
    assert [group.name for group in draft.system.groups] == ["main_color", "face"]
    assert draft.remarks == ()
    assert "tiny" in draft.system.source
    assert [step(asked) for asked in server.asked] == ["themes", *["prompt", "rules"] * 2]
    forecast = forecast_draft(brief, terms.room)
    assert forecast.calls == len(server.asked) == 5
    tokens = sum(estimated_tokens(asked.text) for asked in server.asked)
    assert tokens <= forecast.prompt_tokens <= 1.5 * tokens
    assert said[0] == "to ask about: main_color, face"
    assert said[-1] == "group face: rules of 6 of 6 classes"


def test_each_flaw_is_told_to_the_model_and_mended_by_its_next_reply(brief, terms):
    replies = json.loads(FLAWED.read_text(encoding="utf-8"))
    with serving(replies) as server:
        draft = draft_system(brief, opened(server), terms)
    assert draft.system.rules == EXPECTED
    assert draft.remarks == ()
    assert len(server.asked) == len(replies) == 11
    corrections = [fields(asked)["corrections"].split("Respond with")[0] for asked in server.asked]
    told = {
        1: ["Your reply 1 was not usable", "it is not JSON", "as an AI model", "with themes"],
        3: ["needs `{}` exactly once", "mainly brown", "write `{}` where the option goes"],
        4: ["Your reply 2", "alike but for case, spaces or Unicode form", "'black' and 'Black'"],
        5: ["options: Input should be a valid list", "'brown, blue, black or white'"],
        7: ["'blue tit': this is not an option of the group", "did you mean 'blue'?",
            "no option was given for 'blackbird', 'wren', 'magpie', 'goldfinch'"],
        8: ["'Black-bird': there is no such class; to mend: did you mean 'blackbird'?",
            "'wren': this is not an option", "got: 'russet'", "allowed: brown, blue, black, white"],
    }  # fmt: skip
    for number, parts in told.items():
        for part in parts:
            assert part in corrections[number]
    assert all(corrections[n].strip() == "none" for n in range(11) if n not in told)
    # Only what is still open is asked again.
    assert classes_in(server.asked[7]) == list(BIRDS[1:])
    assert classes_in(server.asked[8]) == ["blackbird", "wren"]


def test_a_refusal_for_good_ends_clearly_after_the_retries(brief, terms):
    with serving(lambda _: REFUSAL) as server, pytest.raises(LanguageModelError) as fault:
        draft_system(brief, opened(server), terms)
    assert len(server.asked) == 4
    text = str(fault.value)
    assert text.startswith("tiny: 2 attributes were asked for 4 times, none is usable")
    assert "I'm sorry" in text
    assert "try a larger model" in text


def test_what_stays_unusable_is_left_out_and_noted(brief, terms, said):
    def flawed(asked):
        given = fields(asked)
        if step(asked) == "prompt" and given["attribute"].startswith("face"):
            return REFUSAL
        if step(asked) == "rules":
            known = [name for name in classes_in(asked) if name != "wren"]
            return json.dumps({"rules": {name: KNOWN["main_color"][1][name] for name in known}})
        return answer(asked)

    with serving(flawed) as server:
        draft = draft_system(brief, opened(server), terms)
    assert len(server.asked) == 1 + 1 + 4 + 4
    assert [group.name for group in draft.system.groups] == ["main_color"]
    assert draft.system.classes == tuple(name for name in BIRDS if name != "wren")
    remarks = {remark.group: remark.text for remark in draft.remarks if remark.group}
    assert remarks["main_color"].startswith("group main_color is unknown for wren; asked 4 times;")
    others = [remark.text for remark in draft.remarks if remark.group is None]
    assert others[0].startswith("group face is left out: no usable prompt and options; asked 4")
    assert REFUSAL in others[0]
    assert others[1] == "left out, with no usable rule in any group: wren"
    assert "group face: no usable prompt and options, left out" in said


def test_too_few_classes_or_groups_end_clearly(brief, terms):
    def knows_one(asked):
        if step(asked) == "rules":
            return json.dumps({"rules": {"robin": "brown"}})
        return answer(asked)

    def knows_no_group(asked):
        return REFUSAL if step(asked) == "prompt" else answer(asked)

    terms = dataclasses.replace(terms, retries=0)
    with serving(knows_one) as server:
        with pytest.raises(LanguageModelError, match="usable are 1 and 1") as fault:
            draft_system(brief, opened(server), terms)
        assert "group main_color is unknown for blue tit" in str(fault.value)
    with serving(knows_no_group) as server:
        with pytest.raises(LanguageModelError, match="usable are 0 and 0") as fault:
            draft_system(brief, opened(server), terms)
        assert "group main_color is left out" in str(fault.value)


def test_attributes_that_are_missing_are_asked_for_beside_those_that_are_there(brief, terms):
    def forgetful(asked):
        if step(asked) == "themes" and fields(asked)["taken"] == "[]":
            twice = [{"name": "main_color", "asks": "?"}] * 2
            return json.dumps({"themes": twice})
        if step(asked) == "themes":
            return json.dumps({"themes": [{"name": "face", "asks": "?"}]})
        return answer(asked)

    with serving(forgetful) as server:
        draft = draft_system(brief, opened(server), terms)
    second = fields(server.asked[1])
    assert (second["wanted"], second["taken"]) == ("1", '["main_color"]')
    assert "the name 'main_color' stands twice" in second["corrections"]
    assert draft.system.rules == EXPECTED


def test_attributes_that_stay_missing_are_noted(terms):
    with serving(answer) as server:
        draft = draft_system(brief_of(groups=3), opened(server), terms)
    assert [remark.text.split(";")[0] for remark in draft.remarks] == [
        "3 groups were wanted, 2 proposed"
    ]
    assert draft.system.rules == EXPECTED
    assert len(server.asked) == 4 + 4


@pytest.mark.parametrize("context", [2048, 4096])
def test_many_classes_are_asked_in_lots_that_fit_the_context(terms, context):
    classes = [f"{name} of the {n} islands" for n in range(20) for name in BIRDS]
    facts = {name: {"latin": "Avis " * 20, "range": "the islands"} for name in classes}
    room = Room(context)

    def islander(asked):
        if step(asked) != "rules":
            return answer(asked)
        return json.dumps({"rules": dict.fromkeys(classes_in(asked), "brown")})

    brief = brief_of(classes, facts, groups=1)
    with serving(islander) as server:
        draft = draft_system(brief, opened(server), dataclasses.replace(terms, room=room))
    assert draft.system.classes == tuple(classes)
    forecast = forecast_draft(brief, room).calls
    assert 0.8 * forecast <= len(server.asked) <= forecast  # of options not yet known
    assert all(estimated_tokens(asked.text) <= context - room.reply for asked in server.asked)
    rules = [asked for asked in server.asked if step(asked) == "rules"]
    assert [name for asked in rules for name in classes_in(asked)] == classes
    assert "(latin: Avis Avis" in rules[0].text
    assert "of 120 classes are shown" in fields(server.asked[0])["classes"]
