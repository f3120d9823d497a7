import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from tests.engine.worlds import make_world
from twentyq.engine import Game, compile_plan, full_game, play
from twentyq.study.group_answers import group_answers, read_answers
from twentyq.study.measures import share_of
from twentyq.study.paths import walk
from twentyq.system.model import AttributeGroup, System

seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=20)

COLOR = AttributeGroup("color", "{} one", ("red", "blue", "green"))
SHAPE = AttributeGroup("shape", "a {}", ("ball", "box"))
SYSTEM = System(
    name="toys",
    groups=(COLOR, SHAPE),
    classes=("ball", "cube", "marble"),
    rules={
        "ball": {"color": {"red": 0.5, "blue": 0.5}, "shape": {"ball": 1.0}},
        "cube": {"color": {"green": 0.75, "blue": 0.25}},
        "marble": {},
    },
)
ANSWERS = torch.tensor(
    [
        [0.2, 0.7, 0.1, 0.9, 0.1],  # a ball: blue will do, and it is a ball
        [0.6, 0.2, 0.2, 0.4, 0.6],  # a ball: red will do, a box it is not
        [0.2, 0.6, 0.2, 0.4, 0.6],  # a cube: green is likelier than blue; its shape is unknown
        [0.2, 0.2, 0.6, 0.4, 0.6],  # a marble: nothing is known of it
    ]
)
ASKED = np.array([[1, 0], [1, -1], [0, 1], [1, -1]])
BITS = np.array([[1.0, 0.5], [0.25, 0.0], [-0.25, 1.0], [0.5, 0.0]])


def test_groups_by_hand():
    plan = compile_plan(SYSTEM)
    color, shape = group_answers(plan, ANSWERS, np.array([0, 0, 1, 2]), ASKED, BITS)
    assert (color.name, color.options) == ("color", ["red", "blue", "green"])
    assert color.accuracy == share_of(2, 3)
    assert color.confusion == [[0.5, 0.5, 0.0], [0.5, 0.75, 0.0], [0.0, 0.75, 0.0]]
    assert shape.accuracy == share_of(1, 2)
    assert shape.confusion == [[1.0, 1.0], [0.0, 0.0]]
    assert (color.asked, shape.asked) == (0.5, 1.0)
    # Blue is right for both balls, green for the cube alone; a ball is right for both balls.
    assert (color.constant, shape.constant) == (pytest.approx(2 / 3), 1.0)
    # Colour brought 0.5 and −0.25 bits, shape 1, 0.25, 1 and 0.5.
    assert (color.bits, shape.bits) == (0.125, 0.6875)


def test_a_group_that_nobody_can_judge_has_no_accuracy():
    plan = compile_plan(SYSTEM)
    nothing = np.full((1, 2), -1)
    color, shape = group_answers(plan, ANSWERS[3:], np.array([2]), nothing, np.zeros((1, 2)))
    assert (color.accuracy, color.constant) == (None, None)
    assert (shape.accuracy, shape.constant) == (None, None)
    assert shape.confusion == [[0.0, 0.0], [0.0, 0.0]]
    assert (color.asked, color.bits) == (0.0, None)


def test_classes_that_share_a_label_are_judged_by_what_is_known_of_them():
    system = System(
        name="toys",
        groups=SYSTEM.groups,
        classes=SYSTEM.classes,
        rules=SYSTEM.rules,
        labels={"ball": "toy", "cube": "toy", "marble": "toy"},
    )
    truth = np.zeros(4, dtype=np.int64)
    color, shape = group_answers(compile_plan(system), ANSWERS, truth, ASKED, BITS)
    # The mean of (½, ½, 0) and (0, ¼, ¾): blue and green are likeliest, at ⅜ each.
    assert color.accuracy == share_of(3, 4)
    assert shape.accuracy == share_of(1, 4)
    assert (color.constant, shape.constant) == (1.0, 1.0)


def test_answers_that_are_right_more_often_than_not_can_be_worse_than_none():
    truth = np.array([0, 0, 0, 1])  # three red things and a blue one
    heard = torch.tensor([[1.0, 0], [1, 0], [0, 1], [1, 0]])
    system = System(
        name="things",
        groups=(AttributeGroup("color", "{} one", ("red", "blue")),),
        classes=("tomato", "sky"),
        rules={"tomato": {"color": {"red": 1.0}}, "sky": {"color": {"blue": 1.0}}},
    )
    nothing = np.full((4, 1), -1)
    (color,) = group_answers(compile_plan(system), heard, truth, nothing, nothing * 0.0)
    assert (color.accuracy.share, color.constant) == (0.5, 0.75)


@few
@given(seeds)
def test_hard_rules_are_judged_as_scikit_learn_does(seed):
    world = make_world(seed, n_images=20, n_classes=5, hard=True)
    plan = world.plan
    truth = np.random.default_rng(seed).integers(0, len(plan.labels), 20)
    answers = read_answers(full_game(plan, 3.0).reading, world.similarities)
    nothing = np.full((20, 1), -1)
    for g, group in enumerate(group_answers(plan, answers, truth, nothing, nothing * 0.0)):
        columns = plan.options_of(g)
        true = plan.rules[torch.from_numpy(truth), columns].argmax(1).numpy()
        given_ = answers[:, columns].argmax(1).numpy()
        expected = confusion_matrix(true, given_, labels=range(len(group.options)))
        assert group.confusion == expected.tolist()
        assert group.accuracy == share_of(int((true == given_).sum()), 20)
        assert group.constant == expected.sum(axis=1).max() / 20


@few
@given(seeds)
def test_answers_are_those_that_the_engine_hears(seed):
    world = make_world(seed, n_classes=4)
    game = full_game(world.plan, 7.0)
    answers = read_answers(game.reading, world.similarities)
    played = play(game, world.ask, len(world.similarities), detail="full")
    for heard in played.rounds:
        g = int(heard.group[0])
        size = len(world.plan.options[g])
        assert torch.equal(heard.answer[:, :size], answers[:, world.plan.options_of(g)])


@few
@given(seeds)
def test_bits_and_questions_of_a_path_are_those_of_its_groups_together(seed):
    world = make_world(seed, n_images=15, n_classes=6, hard=True)
    game = Game(world.plan, 5.0)
    path = walk(game, world.similarities)
    truth = np.zeros(15, dtype=np.int64)
    answers = read_answers(game.reading, world.similarities)
    found = group_answers(world.plan, answers, truth, path.group, path.bits)
    assert sum(g.asked for g in found) == pytest.approx(path.length.mean())
    assert all((g.bits is None) == (g.asked == 0) for g in found)
    brought = sum(g.asked * g.bits for g in found if g.bits is not None)
    assert brought == pytest.approx(path.bits.sum(axis=1).mean(), abs=1e-12)
