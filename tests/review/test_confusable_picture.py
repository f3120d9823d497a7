import pytest

from tests.review.drawn import hundred, outside, overlaps, unwritten
from twentyq.engine import compile_plan
from twentyq.review.confusable import confusable_classes
from twentyq.review.confusable_picture import picture_confusable
from twentyq.review.painting import RED
from twentyq.system import AttributeGroup, System, load_system


@pytest.fixture(scope="module", params=["pokemon", "hundred"])
def system(request):
    return hundred() if request.param == "hundred" else load_system(request.param)


@pytest.fixture(scope="module")
def picture(system):
    return picture_confusable(confusable_classes(compile_plan(system)), system.name)


def test_no_text_lies_on_another_and_none_outside(picture):
    assert overlaps(picture) == []
    assert outside(picture) == []


def test_every_class_stands_in_the_svg_as_text(picture, system):
    assert unwritten(picture, system.classes) == []


def test_what_is_near_is_red_and_wider():
    picture = picture_confusable(
        confusable_classes(compile_plan(load_system("pokemon"))), "pokemon"
    )
    words = {one.text: one for one in picture.words}
    assert words["Bulbasaur, Celebi&Venu, Venusaur"].edge == RED
    assert words["background_scene"].colour == RED
    [near] = [stroke for stroke in picture.strokes if stroke.colour == RED]
    ends = [(words[name].x, words[name].y) for name in ("Absol", "background_scene", "Absol G")]
    assert list(near.points) == ends
    assert near.width > max(s.width for s in picture.strokes if s.colour != RED)


def test_classes_that_are_all_alike_are_one_box():
    plan = compile_plan(load_system("pokemon"), classes=["Bulbasaur", "Venusaur"])
    picture = picture_confusable(confusable_classes(plan), "two")
    assert [words.text for words in picture.words[4:]] == ["Bulbasaur, Venusaur"]
    assert overlaps(picture) == outside(picture) == []


def test_a_cluster_of_too_many_lines_keeps_what_holds_it_together():
    groups = tuple(AttributeGroup(name, "{}", tuple("abcde")) for name in ("g", "h"))
    rules = {f"{a}{b}": {"g": {a: 1.0}, "h": {b: 1.0}} for a in "abcde" for b in "abcde"}
    graph = confusable_classes(compile_plan(System("square", groups, tuple(rules), rules)))
    assert (len(graph), len(graph.edges)) == (25, 100)
    picture = picture_confusable(graph, "square")
    assert len(picture.strokes) == 24
    assert picture.words[1].text.endswith("Pairs that at most one question tells apart: 100.")
    assert picture.words[3].text.endswith("Left out where there are too many: 76 lines.")
    assert overlaps(picture) == []
