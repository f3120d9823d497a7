import json

from hypothesis import given
from hypothesis import strategies as st

from twentyq.authoring.building.judging import judge_question, judge_rules, judge_themes
from twentyq.authoring.building.partial import fault_in, told
from twentyq.authoring.building.proposals import Theme
from twentyq.system import parse_system

QUESTION = ("It is {}.", ["red", "green", "light blue"])
NAMES = ["sky", "sea", "leaf"]

choices = st.none() | st.sampled_from(["red", "green", "Red", "", "mauve"]) | st.lists(st.text())


def theme(name):
    return Theme(name=name, asks="?")


@given(st.dictionaries(st.sampled_from([*NAMES, "Sky", "one"]) | st.text(), choices))
def test_what_is_kept_of_any_reply_stands_in_a_file(replied):
    verdict = judge_rules(replied, NAMES, "color", QUESTION)
    assert set(verdict.value) <= set(NAMES) & set(replied)
    assert bool(verdict.faults) == (set(verdict.value) != set(NAMES))
    ruled = {name: {"color": choice} for name, choice in verdict.value.items() if choice}
    groups = {"color": {"prompt": QUESTION[0], "options": QUESTION[1]}}
    if len(ruled) >= 2:
        system = parse_system(json.dumps({"name": "n", "groups": groups, "classes": ruled}))
        assert set(system.classes) == set(ruled)


def test_faults_of_rules_are_those_of_a_file_with_what_was_meant():
    replied = {"sky": "ligth blue", "see": "green", "leaf": ["green", "green"]}
    verdict = judge_rules(replied, NAMES, "color", QUESTION)
    assert verdict.value == {}
    assert verdict.faults == (
        "'sky': this is not an option of the group 'color'; got: 'ligth blue'; "
        "allowed: red, green, light blue; to mend: did you mean 'light blue'?",
        "'leaf': the option 'green' is named 2 times in one rule; got: ['green', 'green']; "
        "to mend: name it once; to make it likelier write weights, {option: weight}",
        "'see': there is no such class; to mend: did you mean 'sea'?",
        "no option was given for 'sea'",
    )


def test_none_and_an_empty_list_are_both_unknown_and_no_fault():
    verdict = judge_rules({"sky": None, "sea": [], "leaf": ["red"]}, NAMES, "color", QUESTION)
    assert verdict.value == {"sky": None, "sea": None, "leaf": ["red"]}
    assert verdict.faults == ()


@given(st.text(), st.lists(st.text(), max_size=5))
def test_a_question_is_kept_whole_where_a_file_could_hold_it(prompt, options):
    verdict = judge_question("color", (prompt, options), most=4)
    if verdict.value is None:
        assert len(verdict.faults) == 1
    else:
        groups = {"color": {"prompt": prompt, "options": options}}
        classes = {"a": {"color": 0}, "b": {"color": 1}}
        system = parse_system(json.dumps({"name": "n", "groups": groups, "classes": classes}))
        assert system.groups[0].options == tuple(verdict.value[1])
        assert len(options) <= 4


def test_too_many_options_are_a_fault():
    verdict = judge_question("color", QUESTION, most=2)
    assert verdict.value is None
    assert verdict.faults == (
        "there are 3 options; allowed: at most 2; to mend: join options that are alike",
    )


def test_themes_beyond_those_wanted_are_not_looked_at():
    verdict = judge_themes([theme("color"), theme("size"), theme(" ")], 2)
    assert [kept.name for kept in verdict.value] == ["color", "size"]
    assert verdict.faults == ()


def test_names_that_cannot_stand_beside_each_other_are_faults():
    verdict = judge_themes([theme("Color"), theme("size"), theme("size"), theme("")], 4, ["color"])
    assert [kept.name for kept in verdict.value] == ["size"]
    alike, twice, empty, count = verdict.faults
    assert alike.startswith("the name 'Color': two groups are alike but for case")
    assert twice == "the name 'size' stands twice; to mend: rename one of them"
    assert empty.startswith("the name '': this text is empty")
    assert count == "4 attributes are wanted, and 1 are usable"


def test_a_class_may_be_named_as_the_stand_ins_are():
    # The judge fills a part up to the two classes that a file needs.
    assert fault_in({"color": QUESTION}, {"one": {"color": "red"}}) is None
    assert fault_in({"color": QUESTION}, {"other": {"color": "red"}}) is None
    fault = fault_in({"color": QUESTION}, {"one": {"color": "rde"}})
    assert told(fault) == (
        "this is not an option of the group 'color'; got: 'rde'; allowed: red, green, light blue; "
        "to mend: did you mean 'red'?"
    )
