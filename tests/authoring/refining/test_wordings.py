import re

import pytest

from twentyq.authoring.refining.wordings import general_wordings, read_wordings
from twentyq.errors import SystemFileError, UsageError
from twentyq.system import AttributeGroup, System, available_systems, load_system
from twentyq.system.parse import folded

TEMPLATE = re.compile(r"[^{}]*\{\}[^{}]*")


def group(prompt="a photo of a {} bird", options=("gray", "brown"), name="wing_color"):
    return AttributeGroup(name, prompt, tuple(options))


@pytest.fixture
def system():
    parts = group()
    rules = {"a": {"wing_color": {"gray": 1.0}}, "b": {"wing_color": {"brown": 1.0}}}
    return System(name="s", groups=(parts,), classes=("a", "b"), rules=rules)


def test_the_list_that_comes_along_is_well_formed():
    general = general_wordings().general
    assert all(opening.endswith(" ") and "{" not in opening for opening in general.openings)
    assert len(set(general.openings)) == len(general.openings)
    for frame in general.frames:
        assert TEMPLATE.fullmatch(frame.replace("{name}", "its color"))
    assert len(set(general.frames)) == len(general.frames)
    for words in general.synonyms:
        assert len(words) > 1
        assert len({folded(word) for word in words}) == len(words)
        assert all(word == word.strip() and "  " not in word for word in words)


@pytest.mark.parametrize("name", [name for name, _ in available_systems()])
def test_every_wording_of_what_comes_along_makes_a_valid_group(name):
    words = general_wordings()
    for one in load_system(name).groups:
        templates = words.templates(one, one.prompt)
        assert len(set(templates)) == len(templates) > 5
        assert one.prompt not in templates
        assert all(TEMPLATE.fullmatch(template) for template in templates)
        for index in range(len(one.options)):
            for text in words.options(one, index):
                others = (*one.options[:index], text, *one.options[index + 1 :])
                assert len({folded(option) for option in others}) == len(one.options)


def test_an_opening_gives_way_to_others_and_a_group_s_name_is_said():
    templates = general_wordings().templates(group(), "a photo of a {} bird")
    assert "a {} bird" in templates
    assert "a drawing of a {} bird" in templates
    assert "its wing color is {}" in templates
    assert "a photo of a {} bird" not in templates


def test_the_first_template_remains_a_rival():
    templates = general_wordings().templates(group(prompt="{}"), "a photo of a {} bird")
    assert templates[0] == "a photo of a {} bird"
    assert "{}" not in templates


def test_a_name_that_no_template_can_hold_is_not_said():
    templates = general_wordings().templates(group(name="{x}"), "It is {}.")
    assert templates
    assert not any("x" in template for template in templates)


@pytest.mark.parametrize(
    ("option", "offered", "never"),
    [
        ("gray", "silvery", "gray"),
        ("an oval head", "an elliptical head", "a oval head"),
        ("a thin bill", "a slender bill", "a very thin bill"),
        ("a small owl", "a little owl", "an little owl"),
        ("a striped animal", "a striped creature", "a with stripes animal"),
        ("two forked tails", "two split tails", "two shaped like a V tails"),
        ("a boxy head", "a square head", "an square head"),
        ("a small insect", "a small bug", "a small bug insect"),
        ("a person in a town", "a human in a town", "a person in city"),
        ("a shiny thing", "a glossy thing", "a shiny thing"),
    ],
)
def test_options_are_said_otherwise(option, offered, never):
    found = general_wordings().options(group(options=(option, "nothing like it")), 0)
    assert offered in found
    assert never not in found


def test_an_article_goes_with_the_word_that_follows():
    found = general_wordings().options(group(options=("a round head", "none")), 0)
    assert "a circular head" in found
    found = general_wordings().options(group(options=("a huge head", "none")), 0)
    assert "an enormous head" in found
    found = general_wordings().options(group(options=("a plain coat", "none")), 0)
    assert "a uniform coat" in found


def test_what_another_option_says_is_not_said_twice():
    words = general_wordings()
    assert "grey" in words.options(group(options=("gray", "brown")), 0)
    assert "grey" not in words.options(group(options=("gray", "GREY ")), 0)


def test_a_file_adds_its_own_wordings(tmp_path, system):
    path = tmp_path / "mine.yaml"
    path.write_text(
        'wing_color:\n  prompts: ["wings of {}"]\n  options: {gray: [lead, slate], brown: []}\n'
    )
    words = read_wordings(path, system)
    parts = system.groups[0]
    assert "wings of {}" in words.templates(parts, parts.prompt)
    assert {"lead", "slate", "grey"} <= set(words.options(parts, 0))
    # Also from one of them back, and to the others.
    found = words.options(group(options=("lead", "brown")), 0)
    assert {"gray", "slate"} <= set(found)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "wings_color: {}",
            ["line 1, wings_color: the system has no such group", "did you mean 'wing_color'"],
        ),
        (
            "wing_color:\n  options: {grey: [x]}",
            ["line 2, wing_color.options.grey: the system has no such option", "gray, brown"],
        ),
        (
            "wing_color:\n  prompts: [nothing]",
            ["line 2, wing_color.prompts[0]: this is no file of wordings", "got: 'nothing'"],
        ),
        ("wing_color:\n  prompt: ['{}']", ["line 2, wing_color.prompt", "no file of wordings"]),
        (
            "wing_color:\n  options: {gray: x}",
            ["wing_color.options.gray", "got: 'x'", "a template holds {} once"],
        ),
        ("[a]", ["line 1"]),
    ],
)
def test_a_file_that_does_not_fit_is_refused(tmp_path, system, text, told):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises((UsageError, SystemFileError)) as refused:
        read_wordings(path, system)
    assert all(part in str(refused.value) for part in told), refused.value
    assert refused.value.exit_code == 2
