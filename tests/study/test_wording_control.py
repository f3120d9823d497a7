import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from twentyq.engine import Game, compile_plan, full_game, play
from twentyq.engine.calibration import Calibration
from twentyq.study.wording_control import random_prompts, random_words
from twentyq.system.model import AttributeGroup, System

SYSTEM = System(
    name="toys",
    groups=(
        AttributeGroup("color", "Its main color is {}.", ("light blue", "off-white", "red")),
        AttributeGroup("number", "There are {} of them.", ("2", "12 or more")),
    ),
    classes=("ball", "cube", "marble"),
    rules={
        "ball": {"color": {"red": 1.0}, "number": {"2": 1.0}},
        "cube": {"color": {"light blue": 1.0}, "number": {"12 or more": 1.0}},
        "marble": {"color": {"off-white": 1.0}},
    },
)
TRUTH = np.array([0, 1, 2, 0, 1])


class Eyes:
    """Embeds each new text as a random direction, and keeps what it was given."""

    def __init__(self, dtype=torch.float32):
        self.dtype = dtype
        self.given = []

    def __call__(self, texts):
        self.given.append(list(texts))
        seed = sum(map(hash_of, texts)) % 2**32
        drawn = torch.from_numpy(np.random.default_rng(seed).normal(size=(len(texts), 6)))
        return torch.nn.functional.normalize(drawn, dim=1).to(self.dtype)


def hash_of(text):
    return int.from_bytes(text.encode(), "little")


def pictures():
    return torch.nn.functional.normalize(
        torch.from_numpy(np.random.default_rng(0).normal(size=(5, 6))), dim=1
    ).to(torch.float32)


def test_letters_are_drawn_and_everything_else_stays():
    plan = compile_plan(SYSTEM)
    prompts = random_prompts(SYSTEM, plan, np.random.default_rng(0))
    shapes = [
        r"Its main color is [a-z]{5} [a-z]{4}\.",
        r"Its main color is [a-z]{3}-[a-z]{5}\.",
        r"Its main color is [a-z]{3}\.",
        r"There are [a-z] of them\.",
        r"There are [a-z]{2} [a-z]{2} [a-z]{4} of them\.",
    ]
    for prompt, shape in zip(prompts, shapes, strict=True):
        assert re.fullmatch(shape, prompt)
    assert not set(prompts) & {p for block in plan.prompts for p in block}
    assert prompts != random_prompts(SYSTEM, plan, np.random.default_rng(1))


@given(st.text(min_size=1, max_size=20), st.integers(0, 2**32 - 1))
def test_a_random_word_has_the_length_of_the_word(option, seed):
    group = AttributeGroup("g", "{}", (option, option + "x"))
    system = replace(SYSTEM, groups=(group,), rules={c: {} for c in SYSTEM.classes})
    words = random_prompts(system, compile_plan(system), np.random.default_rng(seed))
    assert [len(w) for w in words] == [len(option), len(option) + 1]
    assert [a for a, b in zip(option, words[0], strict=True) if not a.isalnum()] == [
        b for a, b in zip(option, words[0], strict=True) if not a.isalnum()
    ]


def test_options_that_no_rule_names_are_left_out_where_the_plan_does():
    system = replace(SYSTEM, rules={c: {"color": {"red": 1.0}} for c in SYSTEM.classes})
    plan = compile_plan(system, skip_unused=True)
    assert len(random_prompts(system, plan, np.random.default_rng(0))) == plan.n_prompts == 3


@pytest.mark.parametrize("bias", [None, torch.tensor([9.0, 0, 0, 0, -9.0], dtype=torch.float64)])
def test_each_draw_is_a_full_run_with_other_words(bias):
    plan, seen, eyes = compile_plan(SYSTEM), pictures(), Eyes()
    right = np.array([True, True, False, False, True])
    game = Game(plan, 30.0, calibration=Calibration(bias=bias))
    found = random_words(SYSTEM, game.reading, seen, eyes, TRUTH, right, draws=4, seed=7)

    shares = []
    for texts in eyes.given:
        similarities = seen.double() @ Eyes()(texts).double().T
        played = play(
            full_game(plan, 30.0),
            lambda group, rows, s=similarities: s[rows][:, plan.options_of(group)],
            5,
        )
        shares.append(np.mean(plan.label_of[played.leader].numpy() == TRUTH))
    assert len({tuple(texts) for texts in eyes.given}) == 4
    assert found.null.value == pytest.approx(np.mean(shares))
    assert (found.name, found.draws, found.observed) == ("random words of equal length", 4, 0.6)
    again = random_words(SYSTEM, game.reading, seen, Eyes(), TRUTH, right, draws=4, seed=7)
    assert again == found
