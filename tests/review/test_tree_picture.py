import itertools

import pytest

from tests.review.drawn import hundred, outside, overlaps, unwritten
from twentyq.engine import compile_plan, parse_policy
from twentyq.review.tree import leaves, question_tree
from twentyq.review.tree_picture import RARE, fold_rare, picture_tree
from twentyq.system import load_system


@pytest.fixture(scope="module", params=["pokemon", "hundred"])
def system(request):
    return hundred() if request.param == "hundred" else load_system(request.param)


@pytest.fixture(scope="module")
def tree(system):
    return question_tree(compile_plan(system), parse_policy("gain"))


@pytest.fixture(scope="module")
def picture(tree, system):
    return picture_tree(tree, system.name, "gain")


def test_no_text_lies_on_another_and_none_outside(picture):
    assert overlaps(picture) == []
    assert outside(picture) == []


def test_every_class_stands_in_the_svg_as_text(picture, system):
    assert unwritten(picture, system.classes) == []


def test_the_heading_tells_how_deep_the_tree_is():
    tree = question_tree(compile_plan(load_system("pokemon")), parse_policy("gain"))
    title, depth, legend = [words.text for words in picture_tree(tree, "pokemon", "gain").words[:3]]
    assert title == "pokemon: what gain asks where answers are free of noise"
    assert depth == "On average 1.25 questions and 14.5 prompts, at most 2 and 24."
    assert legend.endswith("red: no question left tells them apart.")


def test_parents_stand_amid_their_children_and_leaves_in_even_rows():
    tree = question_tree(compile_plan(load_system("pokemon")), parse_policy("gain"))
    words = {one.text: one for one in picture_tree(tree, "pokemon", "gain").words}
    wolves, root = words["background_scene  1.00 bits"], words["primary_form  3.45 bits"]
    assert wolves.y == (words["Absol G"].y + words["Absol"].y) / 2
    assert root.x < wolves.x < words["Absol"].x == words["Absol G"].x
    rows = [words[name].y for name in ("Absol G", "Absol", "Aggron", "Aerodactyl", "Azumarill")]
    assert len({round(b - a, 6) for a, b in itertools.pairwise(rows)}) == 1


def test_rare_questions_are_folded_and_no_class_is_lost():
    plan = compile_plan(load_system("animals"))
    tree = question_tree(plan, parse_policy("gain"))
    folded = fold_rare(tree)
    assert {name for leaf in leaves(folded) for name in folded.nodes[leaf]["classes"].split("\n")}
    seen = [folded.nodes[leaf] for leaf in leaves(folded)]
    assert {name for leaf in seen for name in leaf["classes"].split("\n")} == set(plan.classes)
    assert sum(leaf["chance"] for leaf in seen) == pytest.approx(1)
    limit = RARE / len(plan.classes)
    for node, about in folded.nodes.items():
        if about["kind"] == "folded":
            assert about["chance"] < limit
            assert tree.nodes[node]["kind"] == "question"
        else:
            assert about == tree.nodes[node]
            assert about["kind"] != "question" or about["chance"] >= limit
    assert len(folded) < len(tree)
    legend = picture_tree(tree, "animals", "gain").words[2].text
    assert legend.endswith("; grey: too rare to be drawn out.")


def test_a_tree_without_a_question_is_a_leaf():
    plan = compile_plan(load_system("pokemon"), classes=["Bulbasaur", "Venusaur"])
    picture = picture_tree(question_tree(plan, parse_policy("gain")), "two", "gain")
    assert [words.text for words in picture.words[3:]] == ["Bulbasaur, Venusaur", "100 %"]
    assert overlaps(picture) == outside(picture) == []


def test_classes_of_one_label_stand_behind_it():
    system = load_system("pokemon")
    labelled = type(system)(
        "labelled",
        system.groups,
        system.classes,
        system.rules,
        labels={"Absol": "wolf", "Absol G": "wolf"},
    )
    tree = question_tree(compile_plan(labelled), parse_policy("gain"))
    texts = [words.text for words in picture_tree(tree, "labelled", "gain").words]
    assert "wolf: Absol, Absol G" in texts
