"""Prompts at chosen angles, so that cosines are known; real encoders are in test_check.py."""

import math
from dataclasses import dataclass

import pytest
import torch

from twentyq.review import Kind, Rank
from twentyq.review.wording import wording_findings
from twentyq.system import AttributeGroup, System


@dataclass
class Compass:
    """An encoder of texts such as "north 30": a direction, in degrees."""

    context_length: int | None = None
    name = identity = "compass"
    text_settings = ""
    device = torch.device("cpu")
    scale = 1.0

    def count_tokens(self, texts):
        return [len(text.split()) for text in texts]

    def embed_texts(self, texts):
        angles = [math.radians(float(text.split()[1])) for text in texts]
        return torch.tensor([[math.cos(angle), math.sin(angle)] for angle in angles])


def system(*groups):
    made = tuple(
        AttributeGroup(f"g{g}", "north {}", tuple(map(str, angles)))
        for g, angles in enumerate(groups)
    )
    return System("s", made, ("A", "B"), {"A": {}, "B": {}})


def found(*groups, limit=None):
    return list(wording_findings(system(*groups), Compass(limit), None))


def test_options_are_close_by_the_measure_of_the_whole_system():
    # Of the seven pairs the middle one is 90 degrees apart, so that 1 - cosine is 1.
    wide, narrow = (0, 90, 180, 271), (0, 31)
    [close] = found(wide, narrow)
    assert (close.rank, close.kind) == (Rank.warning, Kind.close_options)
    assert (close.group, close.options) == ("g1", ("0", "31"))
    assert close.figures["cosine"] == pytest.approx(math.cos(math.radians(31)))
    assert close.figures["usual"] == pytest.approx(0, abs=1e-6)
    assert close.what == (
        "'g1': '0', '31' are nearly one to the encoder: the cosine of their prompts is 0.857, "
        "where 0.00 is usual."
    )
    # cos 32° is 0.848: apart by more than 0.15.
    assert found(wide, (0, 32)) == []
    # Where all options lie near each other, 31 degrees are far.
    assert found((0, 20, 40, 60), narrow) == []


def test_options_close_to_a_third_one_are_one_finding():
    [close] = found((0, 90, 180, 271), (0, 100, 200), (0, 20, 40, 150))
    assert close.options == ("0", "20", "40")
    assert close.figures["cosine"] == pytest.approx(math.cos(math.radians(20)))


def test_two_options_with_one_vector_are_close_in_any_system():
    [close] = found((7, "7.0"))
    assert close.options == ("7", "7.0")


def test_prompts_longer_than_the_encoder_reads():
    assert found((0, "90 degrees or so"), limit=5) == []
    [long] = found((0, "90 degrees or so", "180 degrees"), limit=2)
    assert (long.rank, long.kind) == (Rank.error, Kind.long_prompt)
    assert (long.group, long.options) == ("g0", ("90 degrees or so", "180 degrees"))
    assert long.figures == {"tokens": 5, "limit": 2}
    assert long.what == (
        "'g0': the prompts of 2 of the 3 options are longer than the 2 tokens that the encoder "
        "reads, and lose their end; the longest has 5. The first is '90 degrees or so'."
    )


def test_an_encoder_without_a_limit_reads_everything():
    assert found((0, "90 " + "degrees " * 1000)) == []
