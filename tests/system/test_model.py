from tests.system.samples import GOOD, changed
from twentyq.system import parse_system


def test_prompts_fill_each_option_into_the_template() -> None:
    system = parse_system(changed("[red, blue]", "[red, '{0} {}', blue]"))
    assert system.groups[0].prompts == ("It is red.", "It is {0} {}.", "It is blue.")
    assert system.n_prompts == 5


def test_a_label_is_the_class_name_unless_the_file_says_otherwise() -> None:
    system = parse_system(GOOD + "labels: {Plate: Dish}\n")
    assert [system.label_of(name) for name in system.classes] == ["Ball", "Dish"]


def test_an_unknown_group_is_uniform() -> None:
    system = parse_system(GOOD)
    assert system.rule("Plate", system.groups[1]) == {"round": 0.5, "flat": 0.5}


def test_tie_sets_hold_classes_that_no_group_tells_apart() -> None:
    assert parse_system(GOOD).tie_sets == ()
    more = "  Disc: {color: blue, shape: [flat, round]}\n  Egg: {shape: round, color: [red]}\n"
    assert parse_system(GOOD + more).tie_sets == (("Ball", "Egg"), ("Plate", "Disc"))
