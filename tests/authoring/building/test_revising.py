import json

import pytest

from tests.authoring.building.birdwatcher import BIRDS, fields, step
from tests.authoring.building.conftest import opened
from tests.authoring.openai_server import serving
from twentyq.authoring.building.forecast import forecast_revision
from twentyq.authoring.building.revising import revise_system
from twentyq.errors import LanguageModelError
from twentyq.system import parse_system

SYSTEM = parse_system("""\
name: birds
about: garden birds
source: a person
groups:
  color:
    prompt: "The bird is mainly {}."
    options: [brown, black, blue]
  size:
    prompt: "The bird is {}."
    options: [small, large]
  mood:
    prompt: "The bird looks {}."
    options: [sad, merry]
classes:
  robin: {color: brown, size: small, mood: merry}
  crow: {color: black, size: large, mood: sad}
  jay: {color: {brown: 3, blue: 1}, size: large}
labels: {crow: corvid, jay: corvid}
prior: {robin: 2}
accepts: {tie: [[crow, jay]], why: "one label"}
""")
PLAN = {"reword": [], "reassign": [], "drop": [], "add": []}


def revised(terms, replies, notes="as you like"):
    with serving(map(json.dumps, replies)) as server:
        draft = revise_system(SYSTEM, notes, 10, opened(server), terms)
    assert len(server.asked) == len(replies)
    return draft, server.asked


def test_groups_are_dropped_reworded_and_added_and_the_rest_stays(terms):
    replies = [
        PLAN | {"drop": ["mood"], "reword": ["color"], "add": [{"name": "beak", "asks": "Beak?"}]},
        {"prompt": "Its feathers are {}.", "options": ["brown", "black", "sky blue"]},
        {"changes": {"jay": ["brown", "sky blue"]}},
        {"prompt": "It has a {} beak.", "options": ["thin", "thick"]},
        {"rules": {"robin": "thin", "crow": "thick", "jay": "thick"}},
    ]
    draft, asked = revised(terms, replies, "No moods. Say sky blue.")
    assert draft.remarks == ()
    after = draft.system
    assert [group.name for group in after.groups] == ["color", "size", "beak"]
    assert after.groups[0].options == ("brown", "black", "sky blue")
    assert after.rules["robin"] == {
        "color": {"brown": 1.0}, "size": {"small": 1.0}, "beak": {"thin": 1.0},
    }  # fmt: skip
    assert after.rules["jay"]["color"] == {"brown": 0.5, "sky blue": 0.5}
    assert (after.labels, after.prior, after.accepts) == (
        SYSTEM.labels, SYSTEM.prior, SYSTEM.accepts,
    )  # fmt: skip
    assert after.source == "a person; revised with the language model tiny by twentyq build"
    assert fields(asked[2])["rules_now"] == "robin: brown\ncrow: black\njay: ?"
    assert all("No moods" in one.text for one in asked[:3])
    assert len(asked) <= forecast_revision(SYSTEM, "No moods", 10, terms.room).calls + 2


def test_weights_by_hand_stay_where_the_notes_do_not_speak_of_them(terms):
    draft, asked = revised(
        terms, [PLAN | {"reassign": ["color"]}, {"changes": {"crow": ["black", "blue"]}}]
    )
    assert draft.system.rules["jay"] == SYSTEM.rules["jay"]
    assert draft.system.rules["crow"]["color"] == {"black": 0.5, "blue": 0.5}
    assert fields(asked[1])["rules_now"].splitlines()[2] == "jay: brown or blue"


def test_flaws_of_plan_and_changes_are_told_and_mended(terms):
    replies = [
        PLAN | {"drop": ["moods"]},
        PLAN | {"reword": ["size"]},
        {"prompt": "It is big.", "options": ["small", "large"]},
        {"prompt": "It is {}.", "options": ["small", "huge"]},
        {"changes": {"crow": "large", "jai": "huge"}},
        {"changes": {"crow": "huge", "jay": "huge"}},
    ]
    draft, asked = revised(terms, replies)
    assert draft.remarks == ()
    told = [fields(one)["corrections"] for one in asked]
    assert "'moods': there is no such group; to mend: did you mean 'mood'?" in told[1]
    assert "exactly once" in told[3]
    assert "'jai': there is no such class; to mend: did you mean 'jay'?" in told[5]
    assert "'crow': this is not an option of the group 'size'" in told[5]
    sizes = {name: list(rules["size"]) for name, rules in draft.system.rules.items()}
    assert sizes == {"robin": ["small"], "crow": ["huge"], "jay": ["huge"]}


def test_what_cannot_be_mended_stays_as_it_was_and_is_noted(terms):
    bad = {"prompt": "no braces", "options": ["a", "b"]}
    draft, _ = revised(
        terms, [PLAN | {"reword": ["size"]}, *[bad] * 4, *[{"changes": {"crow": "tiny"}}] * 4]
    )
    assert draft.system.groups == SYSTEM.groups
    assert draft.system.rules == SYSTEM.rules
    first, second = (remark.text for remark in draft.remarks)
    assert first.startswith("group size is as it was, no new words are usable; asked 4 times")
    assert second.startswith("group size is not changed as the notes ask; asked 4 times")


def test_a_class_whose_option_is_gone_is_unknown_if_it_gets_no_other(terms):
    draft, _ = revised(
        terms,
        [
            PLAN | {"reword": ["mood"]},
            {"prompt": "It looks {}.", "options": ["merry", "grim"]},
            *[{"changes": {}}] * 4,
        ],
    )
    assert "mood" not in draft.system.rules["crow"]
    assert draft.system.rules["robin"] == SYSTEM.rules["robin"]
    (remark,) = draft.remarks
    assert remark.group == "mood"
    assert remark.text.startswith("group mood is unknown for crow; asked 4 times")
    assert "no option was given for 'crow'" in remark.text


def test_a_plan_that_names_nothing_ends_clearly(terms):
    with pytest.raises(LanguageModelError, match="names nothing that the notes would change"):
        revised(terms, [PLAN] * 4)


def test_a_class_is_never_lost(terms):
    with pytest.raises(LanguageModelError, match="leave classes without any rule") as fault:
        revised(
            terms,
            [PLAN | {"drop": ["mood"], "reassign": ["color", "size"]},
             {"changes": {"jay": None}}, {"changes": {"jay": None}}],
        )  # fmt: skip
    assert "got: jay" in str(fault.value)


def test_many_classes_are_asked_in_lots(terms):
    classes = {f"{name} {n}": {"color": "brown"} for n in range(20) for name in BIRDS}
    groups = {"color": {"prompt": "It is {}.", "options": ["brown", "black"]}}
    system = parse_system(json.dumps({"name": "n", "groups": groups, "classes": classes}))

    def answer(asked):
        if step(asked) == "reword":
            return json.dumps(PLAN | {"reassign": ["color"]})
        # The notes speak of one class in every request, whether it is shown there or not.
        return json.dumps({"changes": {"wren 19": "black"}})

    with serving(answer) as server:
        draft = revise_system(system, "Wren 19 is black.", 10, opened(server), terms)
    assert len(server.asked) == 1 + 3
    black = [name for name, rules in draft.system.rules.items() if "black" in rules["color"]]
    assert black == ["wren 19"]
    assert draft.remarks == ()
